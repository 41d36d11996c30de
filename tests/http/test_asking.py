"""Questions: one answer counts, whoever waits hears of it, and nobody else may give it."""

import json
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from sse_chat.errors import Malformed
from sse_chat.web.messages.asking import _list_of
from tests.support.feeds import next_of, open_ndjson
from tests.support.servers import Launch, ServerProcess, curl

ANN, BOB, CI = ("ann", ""), ("bob", ""), ("ci", "")


def ask(room: str, auth: Any = CI, **fields: Any) -> dict[str, Any]:
    payload = {"text": "Deploy?", "choices": ["yes", "no"], **fields}
    answer = httpx.post(f"{room}/ask", json=payload, auth=auth, timeout=40)
    assert answer.status_code in (200, 201), answer.text
    entry: dict[str, Any] = answer.json()
    return entry


def answer(room: str, question: dict[str, Any], choice: str, auth: Any = ANN) -> httpx.Response:
    return httpx.post(url_of(room, question), data={"choice": choice}, auth=auth)


def url_of(room: str, question: dict[str, Any]) -> str:
    return f"{room}/messages/{question['id']}/answer"


def test_a_script_of_curl_gates_a_deploy(room: str) -> None:
    question = json.loads(
        curl("-u", "ci:", "-d", "text=Deploy 1.2?", "-d", "choices=yes,no", f"{room}/ask")
    )
    assert question["text"] == "Deploy 1.2?"
    assert question["ask"]["choices"] == ["yes", "no"]
    assert (question["ask"]["who"], question["ask"]["answer"]) == ([], None)
    waiting = subprocess.Popen(
        ["curl", "-sS", f"{url_of(room, question)}?wait=25"], stdout=subprocess.PIPE, text=True
    )
    told = json.loads(curl("-u", "ann:", "-d", "choice=yes", url_of(room, question)))
    assert (told["kind"], told["target"], told["text"]) == ("answer", question["id"], "yes")
    out, _ = waiting.communicate(timeout=60)
    state = json.loads(out)
    assert state["state"] == "answered"
    assert (state["answer"]["choice"], state["answer"]["author"]) == ("yes", "ann")
    page = json.loads(curl(f"{room}/messages"))["events"]
    assert page[0]["ask"]["answer"] == state["answer"]
    assert page[1] == told


@pytest.mark.parametrize(
    ("body", "choices"),
    [
        ({"data": {"text": "q", "choices": "a, b ,c"}}, ["a", "b", "c"]),
        ({"data": {"text": "q", "choices": ["a", "b,c"]}}, ["a", "b,c"]),
        ({"json": {"text": "q", "choices": ["a", "b"]}}, ["a", "b"]),
        ({"json": {"text": "q", "choices": "a,b"}}, ["a", "b"]),
        ({"files": {"text": (None, "q"), "choices": (None, "a,b")}}, ["a", "b"]),
    ],
)
def test_choices_come_in_each_form(room: str, body: Any, choices: list[str]) -> None:
    entry = httpx.post(f"{room}/ask", **body)
    assert entry.status_code == 201, entry.text
    assert entry.json()["ask"]["choices"] == choices


@pytest.mark.parametrize(
    "fields",
    [
        {"choices": ["one"]},
        {"choices": ["a", "a"]},
        {"choices": [str(number) for number in range(11)]},
        {"choices": ["a", "x" * 41]},
        {"choices": ["a", ""]},
        {"choices": [1, 2]},
        {"choices": None},
        {"text": None},
        {"text": " "},
        {"until": 0},
        {"until": 604_801},
        {"until": "soon"},
        {"wait": "x"},
        {"who": "a" * 200},
        {"key": ""},
    ],
)
def test_a_wrong_question_stores_nothing(room: str, fields: dict[str, Any]) -> None:
    payload = {"text": "q", "choices": ["a", "b"], **fields}
    refused = httpx.post(f"{room}/ask", json=payload)
    assert refused.status_code == 400, refused.text
    assert httpx.get(f"{room}/messages").json()["events"] == []


def test_a_question_that_is_cut_at_an_ampersand_is_refused(room: str) -> None:
    body = "text=Deploy this & that?&choices=yes,no"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    refused = httpx.post(f"{room}/ask", content=body, headers=headers)
    assert refused.status_code == 400
    assert "data-urlencode" in refused.json()["detail"]


def test_the_first_answer_counts(room: str) -> None:
    question = ask(room)
    with ThreadPoolExecutor(8) as threads:
        names = [f"p{number}" for number in range(16)]
        given = list(
            threads.map(
                lambda name: answer(room, question, "yes" if name < "p2" else "no", (name, "")),
                names,
            )
        )
    assert sorted(each.status_code for each in given) == [201] + [409] * 15
    first = next(each.json() for each in given if each.status_code == 201)
    for late in given:
        if late.status_code == 409:
            assert late.json()["answer"]["author"] == first["author"]
            assert late.json()["answer"]["choice"] == first["text"]
    kinds = [each["kind"] for each in httpx.get(f"{room}/messages").json()["events"]]
    assert kinds == ["message", "answer"]


def test_an_answer_is_repeated_under_its_key(room: str) -> None:
    question = ask(room)
    headers = {"Idempotency-Key": "k"}
    given = [
        httpx.post(url_of(room, question), data={"choice": "yes"}, auth=ANN, headers=headers)
        for _ in range(2)
    ]
    assert [each.status_code for each in given] == [201, 200]
    assert given[0].json() == given[1].json()


def test_who_is_not_asked_may_not_answer(room: str) -> None:
    question = ask(room, who="ann, Bob")
    for auth in (("eve", ""), None, CI):
        assert answer(room, question, "yes", auth).status_code == 403
    assert answer(room, question, "maybe", ANN).status_code == 400
    assert answer(room, question, "yes", ("BOB", "")).status_code == 201


def test_an_account_that_was_asked_is_not_replaced_by_its_name(launch: Launch) -> None:
    server = launch("--limits", "off")
    payload = {"name": "ann", "password": "correct horse battery"}
    assert httpx.post(f"{server.url}/account", json=payload).status_code == 201
    question = ask(server.room, who=["Ann"])
    assert answer(server.room, question, "yes", ("ann", "")).status_code == 401
    # A name that only looks like it.
    assert answer(server.room, question, "yes", ("аnn", "")).status_code in (401, 403)  # noqa: RUF001
    assert answer(server.room, question, "yes", ("ann", payload["password"])).status_code == 201


def test_a_question_ends(room: str) -> None:
    question = ask(room, until=1)
    state = httpx.get(f"{url_of(room, question)}?wait=20", timeout=60).json()
    assert state == {"state": "expired", "answer": None}
    late = answer(room, question, "yes")
    assert (late.status_code, late.json()["error"]) == (410, "expired")


def test_only_the_asker_takes_a_question_back(room: str) -> None:
    question = ask(room)
    assert answer(room, question, "", BOB).status_code == 403
    assert answer(room, question, "", CI).status_code == 201
    assert httpx.get(url_of(room, question)).json() == {"state": "expired", "answer": None}
    assert answer(room, question, "yes").status_code == 410
    answered = ask(room)
    assert answer(room, answered, "no").status_code == 201
    assert answer(room, answered, "", CI).status_code == 409


def test_a_repeated_question_is_the_same_and_has_its_answer(room: str) -> None:
    first = ask(room, key="gate-1")
    assert answer(room, first, "no").status_code == 201
    again = httpx.post(
        f"{room}/ask",
        json={"text": "Deploy?", "choices": ["yes", "no"], "wait": 20, "key": "gate-1"},
        auth=CI,
    )
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    payload = again.json()
    assert (payload["id"], payload["state"], payload["answer"]["choice"]) == (
        first["id"],
        "answered",
        "no",
    )
    assert payload["ask"]["answer"] == payload["answer"]
    other = httpx.post(
        f"{room}/ask", json={"text": "Deploy?", "choices": ["a", "b"], "key": "gate-1"}, auth=CI
    )
    assert other.status_code == 422


def test_asking_and_waiting_is_one_call(room: str) -> None:
    with open_ndjson(f"{room}/feed?format=ndjson") as events:
        next_of(events, "hello")

        def say_yes() -> None:
            answer(room, next_of(events, "message"), "yes")

        thread = threading.Thread(target=say_yes)
        thread.start()
        told = ask(room, wait=20)
        thread.join()
        assert (told["state"], told["answer"]["choice"]) == ("answered", "yes")
        entry = next_of(events, "answer")
        assert (entry["text"], entry["target"]) == ("yes", told["id"])


def test_it_is_told_on_every_way_of_reading(room: str) -> None:
    question = ask(room, who="ann")
    text = curl(f"{room}?follow=0")
    assert "] ci: Deploy?\n        choices: yes, no, until 20" in text
    assert "by ann\n        answer: curl -u NAME: --data-urlencode choice=yes " in text
    assert f"/messages/{question['id']}/answer\n" in text
    answer(room, question, "yes")
    text = curl(f"{room}?follow=0")
    assert f"] ann answered 'yes' to {question['id']}\n" in text
    for fmt in ("sse", "ndjson"):
        told = curl(f"{room}/feed?format={fmt}&follow=0&after=0")
        assert '"kind":"answer"' in told
        assert ("event: answer" in told) == (fmt == "sse")
    poll = json.loads(curl(f"{room}/messages?after={question['id']}&wait=5"))
    assert [each["kind"] for each in poll["events"]] == ["answer"]


def test_what_is_no_question_has_no_answer(room: str, server: ServerProcess) -> None:
    entry = httpx.post(room, content="hello", auth=CI).json()
    for missing in (entry, {"id": "1-0"}, {"id": "x"}):
        assert httpx.get(url_of(room, missing)).status_code == 404
        assert answer(room, missing, "yes").status_code == 404
    question = ask(room)
    proof = {"Edit-Key": question["edit_key"]}
    url = f"{room}/messages/{question['id']}/delete"
    assert httpx.post(url, auth=CI, headers=proof).is_success
    assert httpx.get(url_of(room, question)).status_code == 404


@pytest.mark.parametrize(
    "arguments",
    [
        ("-F", "choices=yes", "-F", "choices=no"),
        ("-F", "choices=yes,no"),
        ("-d", "choices=yes", "-d", "choices=no"),
        ("--data-urlencode", 'choices=["yes", "no"]'),
    ],
)
def test_choices_come_repeated_with_commas_or_as_a_list(
    room: str, arguments: tuple[str, ...]
) -> None:
    text = (arguments[0], "text=Deploy?")
    question = json.loads(curl("-u", "ci:", *text, *arguments, f"{room}/ask"))
    assert question["ask"]["choices"] == ["yes", "no"]


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        ({"text": [], "choices": "a,b"}, "text is one value"),
        ({"text": ["a", "b"], "choices": "a,b"}, "text is one value"),
        ({"text": "a", "choices": []}, "choices is 2 to 10"),
        ({"text": "a", "choices": "a,b", "until": [1, 2]}, "until is one value"),
    ],
)
def test_a_field_that_is_a_list_is_refused(room: str, payload: dict[str, Any], told: str) -> None:
    refused = httpx.post(f"{room}/ask", json=payload, auth=CI)
    assert refused.status_code == 400
    assert told in refused.json()["detail"]


def test_a_body_that_is_no_form_is_not_told_of_escapes(room: str) -> None:
    assert "choices is 2 to 10" in curl("-u", "ci:", "-d", "Deploy?", f"{room}/ask")


@pytest.mark.parametrize("values", [["a," * 5000], ["a"] * 5000])
def test_a_list_that_is_too_long_is_refused_unread(values: list[str]) -> None:
    def check(value: str) -> str:
        raise AssertionError(value)

    with pytest.raises(Malformed, match="0 to 50"):
        _list_of({"who": values}, "who", 0, 50, check)
