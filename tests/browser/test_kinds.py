"""The page's table of kinds is the server's, and each comes by every step of the ladder."""

from sse_chat.kinds import KINDS
from tests.browser.person import Meet
from tests.support.entries import append_every_kind
from tests.support.servers import ServerProcess

_READ_BY_EACH_STEP = """async ([room, last]) => {
  const load = (name) => import(`/static/any/js/connection/${name}.js`);
  const { Address } = await load("address");
  const { EventSourceStep } = await load("event-source-step");
  const { NdjsonStep } = await load("ndjson-step");
  const { PollStep } = await load("poll-step");
  const steps = [EventSourceStep, NdjsonStep, PollStep];
  return Promise.all(steps.map((Step) => new Promise((resolve) => {
    const kinds = [];
    const step = new Step(new Address(""), [[room, "0"]], {
      hello: () => {},
      event({ id, kind }) {
        if (id) kinds.push(kind);
        if (id !== last) return;
        step.close();
        resolve(kinds);
      },
      end: () => resolve(["ended", ...kinds]),
    });
  })));
}"""


def test_every_kind_comes_by_every_step(meet: Meet, server: ServerProcess, room: str) -> None:
    name = room.rpartition("/")[2]
    ids = append_every_kind(server, name)
    page = meet("ann", server.url).enter(f"{server.url}/help").page
    assert page.evaluate(_READ_BY_EACH_STEP, [name, ids[-1]]) == [list(KINDS)] * 3
    table = "async () => Object.keys((await import('/static/any/js/log/kinds.js')).KINDS)"
    assert page.evaluate(table) == list(KINDS)
    rows = (
        "async () => Object.entries((await import('/static/any/js/log/kinds.js')).KINDS)"
        ".filter(([, kind]) => kind.isRow).map(([name]) => name)"
    )
    assert page.evaluate(rows) == [name for name, kind in KINDS.items() if kind.is_row]
