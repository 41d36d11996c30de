"""Bodies of GitHub and GitLab: who did what to which thing, its state, and its page.

Sources: https://docs.github.com/webhooks/webhook-events-and-payloads
https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sse_chat.hooks.lines import join, list_of, object_of, text_of

_MOST_COMMITS = 5
# Where the thing of an event is, with the word for it; a comment stands beside what it is on.
_GITHUB = {
    "comment": "comment", "review": "review", "pull_request": "pull request", "issue": "issue",
    "release": "release", "workflow_run": "workflow", "workflow_job": "job",
    "check_run": "check", "check_suite": "checks", "deployment_status": "deployment",
    "discussion": "discussion", "alert": "alert",
}  # fmt: skip


def github(event: str, shape: Mapping[str, Any]) -> Iterator[str]:
    repository = text_of(shape, "repository", "full_name")
    sender = text_of(shape, "sender", "login")
    if event == "push":
        yield from _github_push(shape, repository)
        return
    if event == "ping":
        yield f"GitHub is connected to {repository or text_of(shape, 'organization', 'login')}"
        yield text_of(shape, "zen")
        return
    name = next((each for each in _GITHUB if each in shape and each in event), "")
    name = name or next((each for each in _GITHUB if each in shape), "")
    thing = object_of(shape, name)
    number = text_of(thing, "number")
    title = text_of(thing, "title") or text_of(thing, "name") or text_of(thing, "tag_name")
    what = join(_GITHUB.get(name, event.replace("_", " ")), f"#{number}" if number else "", title)
    about = object_of(shape, "issue") or object_of(shape, "pull_request")
    on = join("on", f"#{text_of(about, 'number')}", text_of(about, "title"))
    is_about = name in ("comment", "review") and about
    yield f"{repository}: {join(what, on if is_about else '')}"
    state = text_of(thing, "conclusion") or text_of(thing, "state") or text_of(thing, "status")
    merged = "merged" if thing.get("merged") is True else text_of(shape, "action")
    yield _outcome(merged.replace("_", " "), state, sender)
    yield text_of(thing, "body")[:200] if name == "comment" else ""
    yield text_of(thing, "html_url") or text_of(shape, "repository", "html_url")


def _github_push(shape: Mapping[str, Any], repository: str) -> Iterator[str]:
    branch = text_of(shape, "ref").removeprefix("refs/heads/").removeprefix("refs/tags/")
    commits = list_of(shape, "commits")
    pusher = text_of(shape, "pusher", "name")
    if shape.get("deleted") is True:
        yield f"{repository}: {pusher} deleted {branch}"
        return
    yield f"{repository}: {pusher} pushed {len(commits)} to {branch}"
    for commit in commits[:_MOST_COMMITS]:
        yield _commit(commit, "name")
    yield text_of(shape, "compare")


def _commit(commit: object, name: str) -> str:
    message = commit.get("message") if isinstance(commit, Mapping) else ""
    first = message.splitlines()[0] if isinstance(message, str) and message else ""
    return join(text_of(commit, "id")[:7], first, f"({text_of(commit, 'author', name)})")


def gitlab(shape: Mapping[str, Any]) -> Iterator[str]:
    kind = text_of(shape, "object_kind") or text_of(shape, "event_name")
    project = text_of(shape, "project", "path_with_namespace")
    if kind in ("push", "tag_push"):
        branch = text_of(shape, "ref").removeprefix("refs/heads/").removeprefix("refs/tags/")
        commits = list_of(shape, "commits")
        count = text_of(shape, "total_commits_count") or str(len(commits))
        yield f"{project}: {text_of(shape, 'user_name')} pushed {count} to {branch}"
        for commit in commits[:_MOST_COMMITS]:
            yield _commit(commit, "name")
        yield text_of(shape, "project", "web_url")
        return
    thing = object_of(shape, "object_attributes")
    number = text_of(thing, "iid") or text_of(thing, "id")
    title = text_of(thing, "title") or text_of(thing, "name") or text_of(thing, "ref")
    if kind in ("build", "job"):
        number, title = text_of(shape, "build_id"), text_of(shape, "build_name")
    name = project or text_of(shape, "project_name")
    yield f"{name}: {join(kind.replace('_', ' '), f'#{number}' if number else '', title)}"
    state = text_of(thing, "status") or text_of(thing, "state") or text_of(shape, "build_status")
    yield _outcome(text_of(thing, "action"), state, text_of(shape, "user", "name"))
    yield text_of(thing, "note")[:200]
    yield text_of(thing, "url") or text_of(shape, "project", "web_url")


def _outcome(action: str, state: str, who: str) -> str:
    return join(action, state if state != action else "", f"by {who}" if who else "", by=" · ")
