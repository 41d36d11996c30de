"""Long rooms: scroll-back, staying in place, a page open for thousands of messages."""

import re

import httpx
import pytest
from playwright.sync_api import Request, expect

from tests.browser.person import Meet, Person
from tests.support.servers import curl
from tests.support.waiting import wait_equal

_MAX_ROWS = 300
_COUNT_FRAMES = """() => {
    window.frames_shown = 0;
    const count = () => { window.frames_shown += 1; requestAnimationFrame(count); };
    count();
}"""


def _fill(room: str, count: int, start: int = 0) -> None:
    lines = "".join(f"message number {each}\n" for each in range(start, start + count))
    curl("-u", "bo:", "-T", "-", room, data=lines.encode())


def _top_of(person: Person, text: str) -> float:
    box = person.message(text).first.bounding_box()
    assert box
    return box["y"]


def test_scrolling_back_loads_earlier_messages_and_keeps_the_place(meet: Meet, room: str) -> None:
    _fill(room, 130)
    ann = meet("ann").enter(room).wait_ready()
    expect(ann.messages).to_have_count(50)
    scroll = ann.page.locator("[data-scroll]")
    before = scroll.evaluate(
        """box => { box.scrollTop = 300;
            const row = [...box.querySelectorAll(".message")].find(
                each => each.getBoundingClientRect().top > 100);
            window.watched = row; return row.getBoundingClientRect().top; }"""
    )
    expect(ann.messages).to_have_count(100)
    after = ann.page.evaluate("watched.getBoundingClientRect().top")
    assert abs(after - before) < 2
    ann.page.wait_for_function(
        """() => { document.querySelector("[data-scroll]").scrollTop = 0;
            return document.querySelectorAll("[data-log] .message").length === 130; }"""
    )
    expect(ann.page.locator("[data-earlier]")).to_be_hidden()
    numbers = ann.messages.locator(".body").all_inner_texts()
    assert numbers == [f"message number {each}" for each in range(130)]


def test_after_a_long_absence_the_page_opens_at_the_first_unread(meet: Meet, room: str) -> None:
    curl("-u", "bo:", "-d", "read long ago", room)
    ann = meet("ann")
    with ann.page.expect_response(re.compile("/read$")):
        ann.enter(room)
    ann.page.goto("about:blank")
    _fill(room, 120)
    ann.enter(room).wait_ready()
    line = ann.page.locator(".unread")
    expect(line).to_be_in_viewport()
    first = line.evaluate("line => line.nextElementSibling.querySelector('.body').innerText")
    assert first == "message number 0"
    expect(ann.messages).to_have_count(121)


def test_who_reads_above_is_not_moved_and_is_told_how_many_are_new(meet: Meet, room: str) -> None:
    _fill(room, 50)
    ann = meet("ann").enter(room).wait_ready()
    log = ann.page.locator("[data-scroll]")
    width = log.bounding_box()["width"]
    log.evaluate("box => { box.scrollTop = 400; }")
    expect(ann.page.locator("[data-newer]")).to_be_visible()
    assert log.bounding_box()["width"] == width
    before = _top_of(ann, "message number 25")
    _fill(room, 3, start=50)
    button = ann.page.get_by_role("button", name="3 new")
    expect(button).to_be_visible()
    assert abs(_top_of(ann, "message number 25") - before) < 2
    button.click()
    expect(ann.message("message number 52")).to_be_in_viewport()
    expect(button).to_be_hidden()


def test_who_is_near_the_end_stays_at_the_end(meet: Meet, room: str) -> None:
    _fill(room, 50)
    ann = meet("ann").enter(room).wait_ready()
    _fill(room, 5, start=50)
    expect(ann.message("message number 54")).to_be_in_viewport()


def test_a_page_open_for_a_thousand_messages_stays_small(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_ready()
    _fill(room, 1200)
    expect(ann.message("number 1199")).to_be_in_viewport()
    assert ann.messages.count() <= _MAX_ROWS
    # All the way up from there: still no more rows than that, and back to the newest.
    scroll = ann.page.locator("[data-scroll]")
    for upto in (850, 750):
        ann.page.wait_for_function(
            """upto => { const box = document.querySelector("[data-scroll]");
                box.scrollTop = 0;
                return Number(document.querySelector(".message .body").textContent
                    .split(" ").at(-1)) < upto; }""",
            arg=upto,
        )
    assert ann.messages.count() <= _MAX_ROWS
    expect(ann.message("number 1199")).to_have_count(0)
    _fill(room, 1, start=1200)
    ann.page.get_by_role("button", name="1 new").click()
    expect(ann.message("number 1200")).to_be_in_viewport()
    scroll.evaluate("box => { box.scrollTop = box.scrollHeight; }")
    expect(ann.page.locator("[data-newer]")).to_be_hidden()


def test_scrolling_down_again_loads_what_was_let_go(meet: Meet, room: str) -> None:
    _fill(room, 500)
    ann = meet("ann").enter(room).wait_ready()
    ann.page.wait_for_function(
        """() => { document.querySelector("[data-scroll]").scrollTop = 0;
            return document.querySelector(".message .body").textContent.endsWith(" 0"); }"""
    )
    ann.page.wait_for_function(
        """() => { const box = document.querySelector("[data-scroll]");
            box.scrollTop = box.scrollHeight;
            return [...document.querySelectorAll(".message .body")].at(-1)
                .textContent.endsWith(" 499"); }"""
    )
    numbers = [int(each.split()[-1]) for each in ann.messages.locator(".body").all_inner_texts()]
    assert numbers == list(range(numbers[0], 500))
    assert len(numbers) <= _MAX_ROWS


def test_a_permalink_opens_the_history_around_a_message(meet: Meet, room: str) -> None:
    _fill(room, 200)
    ann = meet("ann").enter(room).wait_ready()
    scroll = ann.page.locator("[data-scroll]")
    scroll.evaluate("box => { box.scrollTop = 0; }")
    expect(ann.messages).to_have_count(100)
    row = ann.message("number 110")
    link = row.locator("a.time").get_attribute("href") or ""
    bo = meet("bo").enter(room + link).wait_ready()
    expect(bo.message("number 110")).to_be_in_viewport()
    expect(bo.page.get_by_role("button", name="Newest")).to_be_visible()
    _fill(room, 1, start=200)
    bo.page.get_by_role("button", name="1 new").click()
    expect(bo.message("number 200")).to_be_in_viewport()
    # Loaded anew, the page stays at the newest.
    expect(bo.page).to_have_url(room)


def test_the_whole_log_goes_to_paper_and_nothing_of_the_screen(meet: Meet, room: str) -> None:
    _fill(room, 50)
    code = "```\n" + "a line of code\n" * 30 + "wide " * 100 + "\n```"
    httpx.post(room, content=code, auth=("bo", ""))
    ann = meet("ann").enter(room).wait_ready()
    shown = ann.messages.last.locator("pre")
    expect(ann.messages.last.locator("[data-folded]")).to_have_count(1)
    ann.messages.last.hover()
    quick = ann.page.get_by_role("button", name="React with 👍")
    expect(quick).to_be_visible()
    ann.page.emulate_media(media="print")
    expect(quick).to_be_hidden()
    assert shown.evaluate("pre => pre.scrollHeight <= pre.clientHeight + 1")
    assert shown.evaluate("pre => pre.scrollWidth <= pre.clientWidth")
    expect(ann.field).to_be_hidden()
    expect(ann.page.locator("[data-drawer]")).to_be_hidden()
    heights = "[document, ...document.querySelectorAll('[data-log]')].map(each => {}.scrollHeight)"
    page, log = ann.page.evaluate(heights.format("(each.documentElement ?? each)"))
    assert page >= log > 800


def _heap_bytes(person: Person) -> float:
    """What the page holds on to once what it let go is collected."""
    session = person.context.new_cdp_session(person.page)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used)


@pytest.mark.long
def test_the_memory_of_an_open_page_is_flat_over_5_000_messages(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    used = []
    for upto in (1000, 3000, 5000):
        _fill(room, 1000 if upto == 1000 else 2000, start=0 if upto == 1000 else upto - 2000)
        expect(ann.message(f"number {upto - 1}")).to_be_in_viewport()
        assert ann.messages.count() <= _MAX_ROWS
        used.append(_heap_bytes(ann))
    grown = max(used[1:]) - used[0]
    assert grown < 1_000_000, f"the heap went {[round(each / 1e6, 2) for each in used]} MB"


def test_500_messages_in_a_row_are_laid_out_by_the_frame(meet: Meet, room: str) -> None:
    ann = meet("ann").enter(room).wait_live()
    session = ann.context.new_cdp_session(ann.page)
    session.send("Performance.enable")

    def layouts() -> int:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(int(each["value"]) for each in metrics if each["name"] == "LayoutCount")

    before = layouts()
    ann.page.evaluate(_COUNT_FRAMES)
    _fill(room, 500)
    expect(ann.message("number 499")).to_be_in_viewport()
    done, frames = layouts() - before, ann.page.evaluate("window.frames_shown")
    assert done < 3 * frames + 50


def test_many_rooms_do_not_move_the_page_off_its_place(meet: Meet, room: str) -> None:
    root = room.rpartition("/")[0]
    for number in range(60):
        httpx.post(f"{root}/many{number:02}", content="hello", auth=("bo", ""))
    _fill(room, 120)
    entry = httpx.post(room, content="the one", auth=("bo", "")).json()
    _fill(room, 30, start=120)
    ann = meet("ann").enter(f"{room}?at={entry['id']}#m{entry['id']}").wait_ready()
    expect(ann.message("the one")).to_be_in_viewport()
    document = ann.page.evaluate(
        "[document.scrollingElement.scrollTop, document.scrollingElement.scrollHeight, innerHeight]"
    )
    assert document[0] == 0
    assert document[1] <= document[2]
    expect(ann.field).to_be_in_viewport(ratio=1)


def test_a_link_to_what_was_deleted_says_so(meet: Meet, room: str) -> None:
    _fill(room, 3)
    entry = httpx.post(room, content="gone soon", auth=("bo", "")).json()
    bo = meet("bo").enter(room).wait_ready()
    bo.enter(f"{room}?at={int(entry['id'].split('-')[0]) - 1}-0").wait_ready()
    expect(bo.page.locator("[data-block]")).to_contain_text("was deleted or is no longer kept")


def test_400_unread_open_where_reading_stopped_and_stay_unread(meet: Meet, room: str) -> None:
    _fill(room, 60)
    ann = meet("ann").enter(room).wait_live()
    ann.sees("number 59")
    unread = f"{room.partition('/chat/')[0]}/unread"
    name = room.rpartition("/")[2]

    def left() -> int:
        rooms = ann.context.request.get(unread).json()["rooms"]
        return next((each["unread"] for each in rooms if each["room"] == name), -1)

    # A page that leaves within half a second of showing a message has not read it.
    wait_equal(left, 0)
    ann.page.goto("about:blank")
    _fill(room, 400, start=60)
    assert left() == 100
    ann.enter(room).wait_ready()
    expect(ann.page.locator(".unread")).to_be_in_viewport()
    expect(ann.message("number 60")).to_be_in_viewport()
    assert left() == 100
    told: list[str] = []
    ann.page.on("request", lambda asked: told.extend(_read_of(asked)))
    ann.page.get_by_role("button", name=re.compile("Newest|new$")).click()
    expect(ann.message("number 459")).to_be_in_viewport()
    wait_equal(left, 0)
    newest = ann.message("number 459").get_attribute("data-id")
    assert set(told) == {newest}


def _read_of(asked: Request) -> list[str]:
    return [asked.post_data_json["id"]] if asked.url.endswith("/read") else []


def test_today_is_the_servers_day_where_a_device_has_another(meet: Meet, room: str) -> None:
    _fill(room, 1)
    for days in (1, -1):
        ann = meet("ann")
        ann.page.add_init_script(f"""
            const now = () => RealDate.now() + {days} * 86_400_000, RealDate = Date;
            globalThis.Date = class extends RealDate {{
                constructor(...at) {{ super(...(at.length ? at : [now()])); }}
                static now() {{ return now(); }}
            }};""")
        ann.enter(room).wait_live()
        day = ann.page.locator("[data-log] .day")
        expect(day).to_have_text("Today")
        # Its own message stands there too, while it is on its way and after.
        ann.page.evaluate(
            """() => new MutationObserver(() => {
                const { length } = document.querySelectorAll("[data-log] .day");
                document.body.dataset.days = Math.max(document.body.dataset.days ?? 0, length);
            }).observe(document.querySelector("[data-log]"), { childList: true })"""
        )
        ann.say(f"sent {days}")
        ann.sees(f"sent {days}")
        assert ann.page.locator("body").get_attribute("data-days") == "1"
