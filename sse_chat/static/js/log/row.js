// One message as a row of the log: filled from an entry, or from what the server rendered.
import { clone, page, part } from "../page.js";
import { clock, full } from "../times.js";
import { hueOf } from "./hue.js";
import { insertMarkup } from "./markup.js";
import { setQuote } from "./quotes.js";
import { showReactions } from "./reactions.js";
import { guestMark } from "./shared-names.js";
import { showShortNames } from "./short-names.js";

const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}|\p{Emoji_Component}|\s){1,12}$/u;
const HAS_EMOJI = /\p{Extended_Pictographic}/u;

/** `notice`: what it says in place of its text. */
export function makeRow(entry, notice = "") {
  const row = clone("message");
  setOrigin(row, entry);
  row.dataset.kind = entry.kind;
  row.classList.toggle("notice", notice !== "");
  const mark = part(row, "guest");
  mark.hidden = !entry.guest && !entry.bot;
  if (entry.bot) mark.textContent = "bot";
  part(row, "edited").hidden = !entry.edited;
  setQuote(part(row, "quote"), entry.reply_to, entry.quote);
  setText(row, entry, notice);
  showReactions(row, entry.reactions ?? []);
  // Few rooms ask, so the module is no part of the first paint.
  if (entry.ask) import("./asks.js").then(({ showAsk }) => showAsk(row, entry));
  return dress(row);
}

/** A row that shows the sender's own text until its entry is here. */
export function setOrigin(row, entry) {
  const { dataset } = row;
  dataset.at = entry.at;
  dataset.author = entry.author;
  dataset.authorId = entry.author_id;
  const name = part(row, "name");
  name.textContent = entry.author;
  name.dataset.hue = hueOf(entry.author_id);
  if (entry.key) dataset.key = entry.key;
  if (!entry.id) return;
  row.id = `m${entry.id}`;
  dataset.id = entry.id;
  part(row, "link").href = `?at=${entry.id}#m${entry.id}`;
}

export function setText(row, entry, notice = "") {
  const body = part(row, "body");
  delete body.dataset.html;
  if (!notice && entry.html) insertMarkup(body, entry.html);
  else body.textContent = notice || entry.text;
  part(row, "unfinished").hidden = !entry.unfinished;
  row.dataset.source = entry.text;
  row.classList.toggle("mention", (entry.mentions ?? []).includes(page.authorId || null));
}

/** What its body says, without the buttons of its code. */
export function textOf(row) {
  const body = part(row, "body").cloneNode(true);
  for (const button of body.querySelectorAll("button")) button.remove();
  return body.textContent;
}

export function applyEdit(row, entry) {
  setText(row, entry);
  part(row, "edited").hidden = false;
  dress(row);
}

/** What depends on this reader: local time, /me, large emoji. Also for rows of the first page. */
export function dress(row) {
  const { at, author } = row.dataset;
  const time = part(row, "time");
  time.dateTime = at;
  time.textContent = clock(at);
  part(row, "link").title = full(at);
  markGuest(row);
  const body = part(row, "body");
  row.dataset.source ??= body.textContent;
  const source = row.dataset.source;
  const isAction = source.startsWith("/me ") && row.dataset.kind === "message";
  row.classList.toggle("action", isAction);
  if (isAction) body.textContent = `${author} ${source.slice(4)}`;
  markEmojiOnly(row);
  showShortNames(body, () => markEmojiOnly(row));
  showShortNames(part(row, "quote"));
  return row;
}

export function markGuest(row) {
  const mark = part(row, "guest");
  const { author, authorId } = row.dataset;
  mark.title = `Guest ${authorId.slice(-4)}`;
  if (mark.textContent !== "bot") mark.textContent = guestMark(author, authorId);
}

function markEmojiOnly(row) {
  const shown = part(row, "body").textContent;
  row.classList.toggle("emoji-only", EMOJI_ONLY.test(shown) && HAS_EMOJI.test(shown));
}
