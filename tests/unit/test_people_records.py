"""People's records: each kind as it is kept, as it was kept before, and what is refused."""

import re
from typing import Any

import pytest

from sse_chat.hooks.outgoing import Target
from sse_chat.people.records import (
    KINDS,
    Account,
    Hook,
    Invitation,
    ModerationNote,
    NewApp,
    Passkey,
    Session,
    Token,
    amend,
    decode,
    encode,
    names_of,
)
from sse_chat.people.roles import Role
from sse_chat.store.scripts import LUA

# Each as it is, what it is kept under, its text, and the text that older versions wrote.
KEPT: list[tuple[Any, str, str, str]] = [
    (
        Account("u_1", "Ann", Role.OWNER, "$argon2id$a", has_ended=False, since_s=1_700_000_000),
        "u_1",
        '{"v": 1, "name": "Ann", "role": 4, "password": "$argon2id$a", "has_ended": false, '
        '"since_s": 1700000000}',
        '["Ann", 4, "$argon2id$a", false, 1700000000]',
    ),
    (Session(1_700_000_000), "", '{"v": 1, "began_s": 1700000000}', "[1700000000]"),
    (
        Invitation(Role.MEMBER, "team", 1_700_000_000, is_for_one=False),
        "",
        '{"v": 1, "role": 2, "room": "team", "until_s": 1700000000, "is_for_one": false, '
        '"account_id": ""}',
        '[2, "team", 1700000000, false, ""]',
    ),
    (
        Token("0a", "u_1", "d1", "read", ("a", "b"), 0, "cron", 1_700_000_000, "50/300"),
        "0a",
        '{"v": 1, "account_id": "u_1", "digest": "d1", "scope": "read", "rooms": ["a", "b"], '
        '"until_s": 0, "label": "cron", "since_s": 1700000000, "limit": "50/300"}',
        '["u_1", "d1", "read", ["a", "b"], 0, "cron", 1700000000, "50/300"]',
    ),
    (
        Passkey("AQID", "pQEC", 7, "phone", 1_700_000_000),
        "AQID",
        '{"v": 1, "public_key": "pQEC", "count": 7, "label": "phone", "since_s": 1700000000}',
        '["pQEC", 7, "phone", 1700000000]',
    ),
    (
        NewApp("JBSWY3DP", 1_700_000_900),
        "",
        '{"v": 1, "secret": "JBSWY3DP", "until_s": 1700000900}',
        '["JBSWY3DP", 1700000900]',
    ),
    (
        Hook("0b", "team", "ci", "signed", 1_700_000_000),
        "",
        '{"v": 1, "hook_id": "0b", "room": "team", "name": "ci", "shared": "signed", '
        '"since_s": 1700000000}',
        '["0b", "team", "ci", "signed", 1700000000]',
    ),
    (
        Target("0c", "team", "https://x.example/h", "whsec_a", "0-0", 1_700_000_000, {"a": "b"}),
        "0c",
        '{"v": 1, "room": "team", "url": "https://x.example/h", "secret": "whsec_a", '
        '"begin": "0-0", "since_s": 1700000000, "wanted": {"a": "b"}}',
        '["team", "https://x.example/h", "whsec_a", "0-0", 1700000000, {"a": "b"}]',
    ),
    (
        ModerationNote("mute", "bo", "too loud"),
        "",
        '{"v": 1, "act": "mute", "by": "bo", "reason": "too loud"}',
        '["mute", "bo", "too loud"]',
    ),
]  # fmt: skip
each_kind = pytest.mark.parametrize(
    ("record", "under", "text", "older"), KEPT, ids=[type(each[0]).__name__ for each in KEPT]
)


@each_kind
def test_each_kind_is_kept_with_names_and_read_in_both_forms(
    record: Any, under: str, text: str, older: str
) -> None:
    assert encode(record) == text
    assert encode(record, as_list=True) == older
    assert decode(type(record), text, under) == decode(type(record), older, under) == record


@each_kind
def test_a_field_of_later_is_left_alone(record: Any, under: str, text: str, older: str) -> None:
    later = text.replace('{"v": 1', '{"v": 1, "colour": ["red"]')
    assert decode(type(record), later, under) == record
    name = names_of(type(record))[-1]
    assert '"colour": ["red"]' in amend(type(record), later, **{name: "x"})


@each_kind
def test_what_this_version_cannot_understand_is_refused(
    record: Any, under: str, text: str, older: str
) -> None:
    for wrong in (text.replace('"v": 1', '"v": 2'), "[]", "{}", "5", "null", '"x"', "{"):
        with pytest.raises(ValueError):  # noqa: PT011 - json has errors of its own
            decode(type(record), wrong, under)


def test_every_kind_is_here() -> None:
    assert {type(each[0]) for each in KEPT} == KINDS.keys()


@pytest.mark.parametrize(
    ("kind", "under", "older", "found"),
    [
        (Account, "u_1", '["Ann", 2, "", true]', Account("u_1", "Ann", Role.MEMBER, "", True)),
        (Invitation, "", '[4, "", 5, true]', Invitation(Role.OWNER, "", 5, True)),
        (
            Token,
            "0a",
            '["u_1", "d", "both", [], 0, "", 1]',
            Token("0a", "u_1", "d", "both", (), 0, "", 1),
        ),
    ],
    ids=["account-without-its-date", "invitation-of-no-account", "token-without-limit"],
)
def test_shorter_lists_of_even_older_versions_are_read(
    kind: type, under: str, older: str, found: object
) -> None:
    assert decode(kind, older, under) == found


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        (
            '{"v": 1, "public_key": "k", "count": 7, "label": "phone", "since_s": 1}',
            '{"v": 1, "public_key": "k", "count": 8, "label": "phone", "since_s": 1}',
        ),
        ('["k", 7, "phone", 1]', '["k", 8, "phone", 1]'),
    ],
    ids=["names", "list"],
)
def test_a_changed_record_keeps_its_form(text: str, changed: str) -> None:
    assert amend(Passkey, text, count=8) == changed


def test_the_scripts_know_the_same_order() -> None:
    lua = (LUA / "shared" / "records.lua").read_text()
    found = {
        kind: tuple(re.findall(r"'(\w+)'", names))
        for kind, names in re.findall(r"^  (\w+) = \{(.+)\},$", lua, re.M)
    }
    ours = {kind.__name__: names_of(kind) for kind in KINDS}
    assert len(found) == 6
    assert found == {kind: ours[kind] for kind in found}
