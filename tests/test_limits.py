"""The table of rate limits in the docs is that of the code."""

from pathlib import Path

from sse_chat.people.limits import LIMITS, MOSTS

API = Path(__file__).parent.parent / "sse_chat" / "docs" / "api.md"


def describe_limits() -> str:
    lines = ["| limit | at once | then each minute |", "| --- | --- | --- |"]
    lines += [f"| {each.meaning} | {each.burst:,} | {each.per_s * 60:,g} |" for each in LIMITS]
    lines += [f"| {each.meaning} | {each.count:,} | |" for each in MOSTS]
    return "\n".join(lines)


def test_the_docs_have_every_limit_as_it_is() -> None:
    table_is_there = describe_limits() in API.read_text()
    assert table_is_there, f"{API.name} should have:\n{describe_limits()}"
