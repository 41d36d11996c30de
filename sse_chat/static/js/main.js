// The room's page: first what shows the room and sends to it, then, once that stands, the rest.
import { requests } from "./api.js";
import { Composer } from "./compose/composer.js";
import { Outbox } from "./compose/outbox.js";
import { SharedConnection } from "./connection/shared.js";
import { Arrivals } from "./log/arrivals.js";
import { History } from "./log/history.js";
import { Log } from "./log/log.js";
import { Scroll } from "./log/scroll.js";
import { page } from "./page.js";
import { setUpDialogs } from "./room/dialogs.js";
import { setUpDrawer } from "./room/drawer.js";
import { Strip } from "./room/strip.js";

const { root, room, cursor } = page;
const connection = new SharedConnection({ root, room, cursor, who: page.authorId });
const log = new Log();
const scroll = new Scroll(log.list);
const history = new History(log, scroll);
const arrivals = new Arrivals(log, scroll, history);
const outbox = new Outbox(log, scroll);
const composer = new Composer();
const strip = new Strip(connection);
outbox.addEventListener("discarded", ({ detail }) => {
  if (!composer.text) composer.text = detail;
});
// What is a message for certain need not wait: what is typed next would be one with it.
composer.addEventListener("early", (event) => {
  const text = event.detail;
  if (text.startsWith("/") || (page.needsName && !page.name)) return event.preventDefault();
  outbox.send(text);
  arrivals.toNewest();
});
setUpDialogs();
setUpDrawer();

connection.addEventListener("entry", ({ detail }) => arrivals.add(detail));
connection.addEventListener("gap", ({ detail }) => arrivals.add({ ...detail, kind: "gap" }));
connection.addEventListener("state", ({ detail }) => {
  if (detail.state !== "live" && detail.state !== "polling") return;
  outbox.retryAll();
  arrivals.retry();
});
requests.addEventListener("stalled", () => connection.makeRoom());
requests.addEventListener("answered", () => connection.endRoom());
requests.addEventListener("clock", () => log.nameDays());
log.addEventListener("settled", () => arrivals.retry());

const target = document.body.dataset.at && log.row(document.body.dataset.at);
if (target) {
  scroll.toRow(target);
  target.classList.add("target");
} else scroll.toEnd();
connection.start();
if (matchMedia("(hover: hover)").matches) composer.focus();

const { setUpRest } = await import("./rest.js");
const core = { connection, log, scroll, history, arrivals, outbox, composer, strip };
const { at } = document.body.dataset;
setUpRest(core, { isAtTarget: Boolean(at) });
if (at && !target) composer.note("The message you followed a link to was deleted or is no longer kept.");
document.body.dataset.ready = "";
