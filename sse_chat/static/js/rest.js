// The rest of the room's page: what can wait until the room is shown.
import { Context } from "./compose/context.js";
import { setUpSending } from "./compose/sending.js";
import { addCopyButtons } from "./copying.js";
import { Kept } from "./kept.js";
import { find, page, part } from "./page.js";
import { Actions } from "./room/actions.js";
import { openDialog } from "./room/dialogs.js";
import { Growing } from "./room/growing.js";
import { setUpKeyboard } from "./room/keyboard.js";
import { setUpKeys } from "./room/keys.js";
import { Muted } from "./room/muted.js";
import { Notices } from "./room/notices.js";
import { People } from "./room/people.js";
import { Pins } from "./room/pins.js";
import { setUpQuickReactions } from "./room/quick.js";
import { RoomList } from "./room/room-list.js";
import { Settings } from "./room/settings.js";
import { SignIn } from "./room/sign-in.js";
import { setUpTopic } from "./room/topic.js";
import { Typing } from "./room/typing.js";
import { Unread } from "./room/unread.js";
import { forgetOnSignOut, Speaker } from "./speaker.js";

const REFUSALS = new Set(["revoked", "forbidden", "sign-in"]);
const NO_COOKIES = "Your browser blocks cookies here. You can read; to post, allow them for this site.";
const MISSING = "Can’t reach the server. This will open once it’s back.";
const NAME_DAYS_MS = 60_000;
// Where nothing is kept yet, later than all that a first visit needs.
const PREPARE_AFTER_MS = 3000;

export function setUpRest(core, { isAtTarget }) {
  const { connection, log, arrivals, composer } = core;
  const settings = new Settings();
  const context = new Context(composer);
  const actions = new Actions(log);
  const search = setUpSearch();
  const people = new People(connection);
  const muted = new Muted(log.list);
  const unread = new Unread(core, settings);
  const signIn = new SignIn();
  const speaker = new Speaker();
  signIn.addEventListener("named", () => {
    connection.become(page.authorId);
    if (navigator.cookieEnabled) core.strip.explain("");
  });
  speaker.addEventListener("named", () => signIn.follow());
  speaker.addEventListener("gone", () => connection.stop());
  core.outbox.addEventListener("other", () => speaker.refused());
  speaker.addEventListener("ended", () => signIn.open("You were signed out. Sign in to send your message."));
  forgetOnSignOut(() => {
    const isOffline = document.body.dataset.state === "offline";
    if (isOffline) composer.note("You’re offline and still signed in. Sign out once you’re connected.");
    return !isOffline;
  });
  const switcher = setUpSwitcher(search);
  const complete = setUpCompletion(composer, people, log);
  const parts = { ...core, context, actions, search, switcher, complete, people, muted, signIn };
  setUpSending(parts);
  setUpKeys(parts);
  setUpTopic(connection);
  setUpQuickReactions(log.list);
  setUpKeyboard();
  addCopyButtons(find("beginning"));
  new RoomList(connection, settings, unread);
  new Notices(core, unread, settings);
  new Growing(core);
  new Typing(connection, composer, settings);
  setUpFormatting(composer);
  find("new-room")?.addEventListener("click", async () => {
    const { openNewRoom } = await import("./room/new-room.js");
    openNewRoom();
  });
  find("open-mentions").addEventListener("click", async () => {
    const { showMentions } = await import("./room/mentions.js");
    await showMentions();
  });
  actions.addEventListener("open", ({ detail: { row, bar } }) => {
    const isOffered = page.moderates && page.offers("versions") && !part(row, "edited").hidden;
    find("act=versions", bar).hidden = !isOffered;
  });
  actions.addEventListener("versions", async ({ detail }) => {
    const { showVersions } = await import("./room/versions.js");
    await showVersions(detail);
  });
  setUpEmoji(actions, composer);
  listenToActions(actions, context, composer);
  document.addEventListener("touchstart", (event) => loadLongPress(event, log.list, actions), { passive: true, once: true });
  openCards(parts);
  const pins = new Pins(connection, actions);
  pins.addEventListener("note", ({ detail }) => composer.note(detail));
  explainRefusals(core);
  addEventListener("missing", () => sayMissing(composer));
  if (!navigator.cookieEnabled) core.strip.explain(NO_COOKIES, { isLasting: true });
  // "Today" is so only until midnight.
  setInterval(() => log.nameDays(), NAME_DAYS_MS);
  actions.addEventListener("unread", async ({ detail }) => composer.note(await unread.markFrom(detail)));
  unread.start({ isAtTarget });
  const { serviceWorker } = navigator;
  serviceWorker?.register(`${page.root}/sw.js?v=${page.version}`).catch(() => {});
  const isKept = Boolean(serviceWorker?.controller);
  const isSoon = isKept || Kept.names("begun:").length;
  setTimeout(() => prepare(parts, isKept), isSoon ? 0 : PREPARE_AFTER_MS);
}

function explainRefusals({ connection, strip }) {
  let told = null;
  connection.addEventListener("state", async ({ detail: { reason, detail } }) => {
    const isNew = REFUSALS.has(reason) && reason !== told;
    told = reason;
    if (!isNew) return;
    const { explain } = await import("./room/why.js");
    await explain(strip, detail);
  });
}

// What was clicked is in a file that the network does not bring; it is asked for again.
function sayMissing(composer) {
  if (!navigator.userActivation?.isActive) return;
  const place = document.querySelector("dialog[open] [role=status]");
  if (place) place.textContent = MISSING;
  else composer.note(MISSING);
}

// The first touch may be a long press already.
async function loadLongPress(event, list, actions) {
  let first = event;
  for (const name of ["touchend", "touchcancel"]) addEventListener(name, () => (first = null), { once: true });
  const { setUpLongPress } = await import("./room/long-press.js");
  setUpLongPress(list, actions, first);
}

async function prepare(parts, isKept) {
  const { setUpLater } = await import("./later.js");
  setUpLater(parts, { isKept });
}

// What is typed meanwhile stands in its field.
function setUpSearch() {
  let loaded = null;
  const call = (name) => async (typed) => {
    openDialog("search");
    find("search").elements.q.select();
    const { Search } = await import("./room/search.js");
    loaded ??= new Search();
    loaded[name]?.(typed);
  };
  const [open, submit] = [call("open"), call("submit")];
  find("open-search")?.addEventListener("click", open);
  find("search").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  return { open, openFor: call("openFor"), openBy: call("openBy") };
}

// It comes with the first letter.
function setUpCompletion(composer, people, log) {
  let loading = null;
  const load = () => {
    const set = ({ setUpSources }) => setUpSources(composer, people, log);
    loading ??= import("./compose/sources.js").then(set, () => (loading = null));
  };
  composer.addEventListener("changed", () => composer.text && load());
  return load;
}

function setUpSwitcher(search) {
  let loaded = null;
  const load = async () => {
    const { Switcher } = await import("./room/switcher.js");
    return (loaded ??= new Switcher(search));
  };
  const field = find("switch-to");
  const open = async () => {
    field.value = "";
    openDialog("switch");
    (await load()).open();
  };
  find("open-switcher").addEventListener("click", open);
  field.form.addEventListener("submit", async (event) => {
    event.preventDefault();
    (await load()).takeChosen();
  });
  return { load, open };
}

function setUpEmoji(actions, composer) {
  let picker = null;
  const open = async (pick, words) => {
    const { EmojiPicker } = await import("./room/emoji-picker.js");
    (picker ??= new EmojiPicker()).open(pick, words);
  };
  actions.addEventListener("react", ({ detail }) =>
    open((emoji) => actions.react(detail, emoji), { title: "React with any emoji", button: "React" }),
  );
  find("open-emoji").addEventListener("click", () =>
    open((emoji) => composer.insert(emoji), { title: "Insert an emoji", button: "Insert" }),
  );
}

function setUpFormatting(composer) {
  let formatting = null;
  const load = async () => {
    const { Formatting } = await import("./compose/formatting.js");
    return (formatting ??= new Formatting(composer));
  };
  if (new Kept("preview").read(false)) load();
  find("open-formatting").addEventListener("click", async () => (await load()).open());
}

// What opens a person's card: the name above a message, what names somebody, the toolbar.
function openCards(parts) {
  let card = null;
  const open = async (id, known) => {
    const { PersonCard } = await import("./room/person.js");
    card ??= new PersonCard(parts);
    card.open(id, known);
  };
  const openOf = ({ dataset: { authorId, author } }) => open(authorId, { name: author });
  document.addEventListener("click", ({ target }) => {
    const row = target.closest?.("[data-part=name]")?.closest("[data-log] .message[data-id]");
    const { person } = target.closest?.("[data-person]")?.dataset ?? {};
    if (row) openOf(row);
    else if (person) open(person);
  });
  parts.actions.addEventListener("person", ({ detail }) => openOf(detail));
}

function listenToActions(actions, context, composer) {
  let moderation = null;
  actions.addEventListener("reply", ({ detail }) => context.reply(detail));
  actions.addEventListener("edit", ({ detail }) => context.edit(detail));
  actions.addEventListener("moderate", async ({ detail }) => {
    const { Moderation } = await import("./room/moderation.js");
    moderation ??= new Moderation(composer);
    moderation.ask(detail);
  });
  actions.addEventListener("note", ({ detail }) => composer.note(detail));
  actions.addEventListener("problem", ({ detail }) => {
    if (detail.status === 401) openDialog("sign-in");
    composer.note(detail.reason);
  });
}
