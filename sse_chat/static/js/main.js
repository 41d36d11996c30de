// The room's page: makes its parts and lets them hear of each other.
import { Completion } from "./compose/completion.js";
import { Composer } from "./compose/composer.js";
import { Context } from "./compose/context.js";
import { Outbox } from "./compose/outbox.js";
import { setUpSending } from "./compose/sending.js";
import { commandSource, emojiSource, mentionSource } from "./compose/sources.js";
import { SharedConnection } from "./connection/shared.js";
import { Arrivals } from "./log/arrivals.js";
import { History } from "./log/history.js";
import { Log } from "./log/log.js";
import { Scroll } from "./log/scroll.js";
import { page } from "./page.js";
import { Actions } from "./room/actions.js";
import { openDialog, setUpDialogs } from "./room/dialogs.js";
import { setUpDrawer } from "./room/drawer.js";
import { setUpKeys } from "./room/keys.js";
import { Muted } from "./room/muted.js";
import { setUpNotices } from "./room/notices.js";
import { People } from "./room/people.js";
import { Search } from "./room/search.js";
import { Settings } from "./room/settings.js";
import { SignIn } from "./room/sign-in.js";
import { Strip } from "./room/strip.js";
import { setUpTopic } from "./room/topic.js";
import { Typing } from "./room/typing.js";
import { Unread } from "./room/unread.js";
import { clock } from "./times.js";

const { root, room, cursor } = page;
const connection = new SharedConnection({ root, room, cursor });
const log = new Log();
const scroll = new Scroll(log.list);
const history = new History(log, scroll);
const arrivals = new Arrivals(log, scroll, history);
const outbox = new Outbox(log, scroll);
const composer = new Composer();
const signIn = new SignIn();
const settings = new Settings();
const context = new Context(composer);
const actions = new Actions(log);
const search = new Search();
const people = new People(connection);
const muted = new Muted(log.list);
const unread = new Unread(connection, log, scroll, arrivals);
new Strip(connection);
setUpDialogs();
setUpDrawer();

setUpTopic(connection);
setUpNotices(arrivals, settings);
setUpKeys({ log, composer, context, arrivals, search, actions, scroll });
setUpSending({ log, composer, context, outbox, arrivals, actions, signIn, people, muted });
new Typing(connection, composer, settings);
new Completion(composer, [commandSource, emojiSource, mentionSource(people, log)]);

actions.addEventListener("reply", ({ detail }) => context.reply(detail));
actions.addEventListener("edit", ({ detail }) => context.edit(detail));
actions.addEventListener("note", ({ detail }) => composer.note(detail));
actions.addEventListener("problem", ({ detail }) => {
  if (detail.status === 401) openDialog("sign-in");
  composer.note(detail.reason);
});

connection.addEventListener("entry", ({ detail }) => arrivals.add(detail));
connection.addEventListener("gap", ({ detail }) => log.addGap(gapText(detail)));
connection.addEventListener("state", ({ detail }) => {
  if (detail.state === "live" || detail.state === "polling") outbox.retryAll();
});

function gapText({ reason, oldest }) {
  if (reason === "reset" || !oldest) return "The room began anew; what was before is no longer kept";
  return `Messages before ${clock(Number(oldest.split("-")[0]))} are no longer kept`;
}

const target = document.body.dataset.at && log.row(document.body.dataset.at);
if (target) {
  scroll.toRow(target);
  target.classList.add("target");
} else scroll.toEnd();
connection.start();
if (!target) unread.start();
if (matchMedia("(hover: hover)").matches) composer.focus();
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register(`${root}/sw.js?v=${page.version}`).catch(() => {});
}
