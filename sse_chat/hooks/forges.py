"""Bodies of GitHub and GitLab: who did what to which thing, its state, and its page.

Sources: https://docs.github.com/webhooks/webhook-events-and-payloads
https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sse_chat.hooks.lines import join, list_of, object_of, text_of

_MAX_COMMITS = 5
# Where the thing of an event is, with the word for it; a comment stands beside what it is on.
_GITHUB = {
    "comment": "comment", "review": "review", "pull_request": "pull request", "issue": "issue",
    "release": "release", "workflow_run": "workflow", "workflow_job": "job",
    "check_run": "check", "check_suite": "checks", "deployment_status": "deployment",
    "discussion": "discussion", "alert": "alert",
}  # fmt: skip
_GITLAB_TITLES = ("name", "tag", "environment")
_TITLES = ("title", "context", "name", "tag_name", "head_branch", "full_name", "ref")
_LINKS = ("html_url", "target_url", "environment_url", "log_url")


def github(event: str, payload: Mapping[str, Any]) -> Iterator[str]:
    repository = text_of(payload, "repository", "full_name")
    sender = text_of(payload, "sender", "login")
    if event == "push":
        yield from _github_push(payload, repository)
        return
    if event == "ping":
        yield f"GitHub is connected to {repository or text_of(payload, 'organization', 'login')}"
        yield text_of(payload, "zen")
        return
    name = next((each for each in _GITHUB if each in payload and each in event), "")
    name = name or next((each for each in _GITHUB if each in payload), "")
    # A commit's status, a branch that is made and a fork stand for themselves.
    thing = object_of(payload, name) or object_of(payload, "forkee") or payload
    number = text_of(thing, "number")
    title = next(filter(None, (text_of(thing, each) for each in _TITLES)), "")
    title = title or text_of(payload, "deployment", "environment")
    title = title or text_of(thing, "security_advisory", "summary")
    what = join(_GITHUB.get(name, event.replace("_", " ")), f"#{number}" if number else "", title)
    about = object_of(payload, "issue") or object_of(payload, "pull_request")
    on = join("on", f"#{text_of(about, 'number')}", text_of(about, "title"))
    is_about = name in ("comment", "review") and about
    yield f"{repository}: {join(what, on if is_about else '')}"
    state = text_of(thing, "conclusion") or text_of(thing, "state") or text_of(thing, "status")
    merged = "merged" if thing.get("merged") is True else text_of(payload, "action")
    yield _outcome(merged.replace("_", " "), state, sender)
    yield text_of(thing, "body")[:200] if name in ("comment", "review") else ""
    yield text_of(thing, "description")[:200] if name in ("", "deployment_status") else ""
    links = (text_of(thing, each) for each in _LINKS)
    yield next(filter(None, links), "") or text_of(payload, "repository", "html_url")


def _github_push(payload: Mapping[str, Any], repository: str) -> Iterator[str]:
    commits = list_of(payload, "commits")
    pusher = text_of(payload, "pusher", "name")
    yield f"{repository}: {_pushed(payload, pusher, str(len(commits)))}"
    if payload.get("deleted") is True:
        return
    for commit in commits[:_MAX_COMMITS]:
        yield _commit(commit, "name")
    yield text_of(payload, "compare")


def _pushed(payload: Mapping[str, Any], who: str, count: str) -> str:
    ref = text_of(payload, "ref")
    is_tag = ref.startswith("refs/tags/")
    name = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    # What is gone is at 40 zeros.
    is_gone = set(text_of(payload, "after")) == {"0"}
    if is_gone or payload.get("deleted") is True:
        return join(who, "deleted", "tag" if is_tag else "", name)
    return f"{who} pushed tag {name}" if is_tag else f"{who} pushed {count} to {name}"


def _commit(commit: object, name: str) -> str:
    message = commit.get("message") if isinstance(commit, Mapping) else ""
    first = message.splitlines()[0] if isinstance(message, str) and message else ""
    return join(text_of(commit, "id")[:7], first, f"({text_of(commit, 'author', name)})")


def gitlab(payload: Mapping[str, Any]) -> Iterator[str]:
    kind = text_of(payload, "object_kind") or text_of(payload, "event_name")
    project = text_of(payload, "project", "path_with_namespace")
    if kind in ("push", "tag_push"):
        commits = list_of(payload, "commits")
        count = text_of(payload, "total_commits_count") or str(len(commits))
        yield f"{project}: {_pushed(payload, text_of(payload, 'user_name'), count)}"
        for commit in commits[:_MAX_COMMITS]:
            yield _commit(commit, "name")
        yield text_of(payload, "project", "web_url")
        return
    thing = object_of(payload, "object_attributes")
    number = text_of(thing, "iid") or text_of(thing, "id")
    title = text_of(thing, "title") or text_of(thing, "name") or text_of(thing, "ref")
    web_url = text_of(payload, "project", "web_url")
    link = text_of(thing, "url") or text_of(payload, "url") or text_of(payload, "deployable_url")
    if kind in ("build", "job"):
        number, title = text_of(payload, "build_id"), text_of(payload, "build_name")
        link = f"{web_url}/-/jobs/{number}" if web_url and number else ""
    elif kind == "note":
        number, title = "", _noted_on(payload)
    # A release and a deployment stand for themselves.
    title = title or next(filter(None, (text_of(payload, each) for each in _GITLAB_TITLES)), "")
    name = project or text_of(payload, "project_name")
    yield f"{name}: {join(kind.replace('_', ' '), f'#{number}' if number else '', title)}"
    states = (text_of(thing, "status"), text_of(thing, "state"), text_of(payload, "build_status"))
    state = next(filter(None, states), "") or text_of(payload, "status")
    action = text_of(thing, "action") or text_of(payload, "action")
    yield _outcome(action, state, text_of(payload, "user", "name"))
    yield text_of(thing, "note")[:200]
    yield link or web_url


def _noted_on(payload: Mapping[str, Any]) -> str:
    for name, sign in (("merge_request", "!"), ("issue", "#"), ("snippet", "$"), ("commit", "")):
        if about := object_of(payload, name):
            number = text_of(about, "iid") or text_of(about, "id")[:7]
            title = text_of(about, "title")
            return join("on", name.replace("_", " "), f"{sign}{number}", title)
    return ""


def _outcome(action: str, state: str, who: str) -> str:
    return join(action, state if state != action else "", f"by {who}" if who else "", by=" · ")
