"""The report: what was measured in words that can be sent to an administrator. No I/O."""

from collections.abc import Iterator, Mapping

from sse_chat.doctor.classify import Classified, Verdict, classify_feed, settles_on
from sse_chat.doctor.measured import FEEDS, FeedReading, Measured
from sse_chat.visible import make_terminal_safe

_SETTLED = {
    0: "Nothing of the chat works over this path: see what answered instead.",
    1: "This path lets server-sent events through.",
    2: "This path holds server-sent events. The chat works all the same, as NDJSON by POST: "
    "step 2 of 3.",
    3: "This path holds every feed. The chat works all the same, by long-polls: step 3 of 3. "
    "Messages come as fast, at the cost of more requests.",
}
_CANNOT_TELL = (
    "The doctor cannot tell whether a request is sent twice, whether cookies lose their "
    "attributes, or what this path does at other times. The chat is built for the first two."
)
_WORDS = {
    Verdict.STREAMS: "comes through, each within {late:.0f} ms",
    Verdict.LATE: "comes through late: up to {late:.0f} ms",
    Verdict.ONE_LATE: "comes one event late: each waits for the next one",
    Verdict.BUFFERED: "is held: nothing comes before its end",
    Verdict.CUT: "is cut before its end",
    Verdict.REFUSED: "does not come at all",
}


def write_report(measured: Measured, fixes: Mapping[str, str]) -> str:
    """`fixes`: lines of configuration by the name of the program that they are for."""
    advice = list(_advice(measured))
    parts = [f"sse-chat doctor: {measured.url}", ""]
    if measured.problem:
        parts += ["In short", *_wrap(f"The server is not reached. {measured.problem}"), ""]
    else:
        step = settles_on(measured)
        nothing = " Nothing needs to be changed." if step == 1 and not advice else ""
        parts += ["In short", *_wrap(_SETTLED[step] + nothing), ""]
        parts += ["What was measured", *_rows(measured), "", *_wrap(_CANNOT_TELL), ""]
    if advice:
        parts.append("For the administrator")
        for sentence in advice:
            parts += [*_wrap(sentence), ""]
    if _is_buffered(measured):
        parts += _show_fixes(measured, fixes)
    lines = "\n".join(parts).split("\n")
    return "\n".join(make_terminal_safe(line).rstrip() for line in lines).rstrip() + "\n"


def _rows(measured: Measured) -> Iterator[str]:
    yield _row("reached", f"in {measured.reached_ms or 0:.0f} ms, {_as_whom(measured)}")
    if measured.proxy:
        yield _row("proxy", measured.proxy)
    for found in measured.on_the_way:
        yield _row("on the way", found)
    if measured.certificate:
        yield _row("certificate", f"issued by {measured.certificate}")
    for name, title in FEEDS.items():
        if name in measured.feeds:
            yield _row(title, describe_feed(measured.feeds[name]))
    if measured.poll_s is not None:
        yield _row("long-poll", measured.poll_problem or f"answered after {measured.poll_s:.1f} s")
    if measured.methods:
        yield _row("methods", _describe_methods(measured.methods))
        lost = ", ".join(measured.lost_headers)
        yield _row("headers", f"lost or changed: {lost}" if lost else "all arrive")
    if measured.body_sent:
        arrived = measured.body_problem or f"{measured.body_sent:,} bytes arrive"
        yield _row("a large post", arrived)
    if measured.serves_one:
        yield _row("at once", "one at a time: a feed keeps all other requests waiting")
    if measured.answers_as == "HTTP/1.0":
        yield _row("version", "answers come as HTTP/1.0: each takes a connection of its own")
    yield _row("caching", "a response was repeated" if measured.is_cached else "none")
    if measured.idle_s:
        cut = measured.idle_cut_s
        kept = f"a feed silent for {measured.idle_s} s was kept"
        yield _row("idle", kept if cut is None else f"a silent feed was cut after {cut:.0f} s")


def _row(name: str, value: str) -> str:
    return f"  {name:<21}{value}"


def _as_whom(measured: Measured) -> str:
    return f"seen as {measured.client} over {measured.scheme}, HTTP/{measured.http_version}"


def describe_feed(feed: FeedReading) -> str:
    classified = classify_feed(feed)
    words = _WORDS[classified.verdict].format(late=classified.late_ms)
    if classified.verdict not in (Verdict.REFUSED, Verdict.BUFFERED) and feed.events:
        words = f"{words}; the first after {feed.events[0][1]:.0f} ms"
    if feed.encoding not in ("", "identity"):
        words = f"{words}; compressed on the way ({feed.encoding})"
    return f"{words} ({feed.detail})" if feed.detail else words


def _describe_methods(methods: Mapping[str, str]) -> str:
    passed = " ".join(name for name, problem in methods.items() if not problem)
    lost = "; ".join(f"{name} does not: {why}" for name, why in methods.items() if why)
    return f"{passed} pass" + (f"; {lost}" if lost else "")


def _classified(measured: Measured) -> list[Classified]:
    return [classify_feed(feed) for feed in measured.feeds.values()]


def _is_buffered(measured: Measured) -> bool:
    bad = (Verdict.BUFFERED, Verdict.ONE_LATE, Verdict.CUT)
    is_compressed = any(f.encoding not in ("", "identity") for f in measured.feeds.values())
    return is_compressed or any(classified.verdict in bad for classified in _classified(measured))


def _advice(measured: Measured) -> Iterator[str]:
    found = {classified.verdict for classified in _classified(measured)}
    if Verdict.BUFFERED in found:
        yield (
            "Something between the browser and the server holds a response back until it is "
            "complete. Responses of the types text/event-stream and application/x-ndjson from "
            "this server stay open: please pass them on as they arrive, without buffering and "
            "without scanning them as a whole."
        )
    if Verdict.ONE_LATE in found:
        yield (
            "Something on the path passes each part on only when the next one arrives, as "
            "compression does. Please do not compress text/event-stream and application/x-ndjson."
        )
    if any(feed.encoding not in ("", "identity") for feed in measured.feeds.values()):
        yield (
            "The feeds are compressed on the way, though the server forbids it by Cache-Control: "
            "no-transform. Please leave these responses as they are."
        )
    if measured.is_cached:
        yield (
            "A cache repeats responses that have Cache-Control: no-store. One person could "
            "see what was meant for another: please switch caching off for this server."
        )
    if measured.has_untrusted_proxy:
        yield (
            "A reverse proxy in front of sse-chat passes on the address of the client, but "
            "sse-chat does not trust it: everyone shares one address. Start it with "
            "--trusted-proxies and the address of that proxy."
        )
    if measured.lost_headers:
        yield f"These request headers do not arrive as sent: {', '.join(measured.lost_headers)}."
    if measured.idle_cut_s is not None and measured.idle_cut_s < 20:
        yield (
            f"A feed that is silent for {measured.idle_cut_s:.0f} s is cut. sse-chat sends "
            "something every 15 s: please allow 60 s of silence or more."
        )


def _show_fixes(measured: Measured, fixes: Mapping[str, str]) -> list[str]:
    """Of the programs that were seen on the way; of all when none was."""
    seen = " ".join(measured.on_the_way).lower()
    named = {name: lines for name, lines in fixes.items() if name.lower() in seen}
    parts = ["Settings that let feeds through"]
    for name, lines in (named or fixes).items():
        parts += [f"  {name}", *(f"      {line}".rstrip() for line in lines.splitlines()), ""]
    return parts


def _wrap(text: str, width: int = 88) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else f"  {word}"
    return [*lines, line]
