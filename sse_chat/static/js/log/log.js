// The log: what is in the room as rows, in order and without holes, each once.
//
// It is `attached` while its last row is the room's newest; after much scrolling back it is not,
// and what arrives is only counted until the reader comes back down. Its `generation` changes when
// rows are let go: a page of history that was asked for before then no longer fits.
import { isAfter, START } from "../connection/cursor.js";
import { find, page, part } from "../page.js";
import { Deleted } from "./deleted.js";
import { makeGapLine } from "./gap.js";
import { nameDay, regroup } from "./grouping.js";
import { adoptMarkup } from "./markup.js";
import { isRow, KINDS, noticeOf } from "./kinds.js";
import { placeOf } from "./order.js";
import { markOwn } from "./reactions.js";
import { dress, makeRow, setOrigin, setText } from "./row.js";
import { Rows } from "./rows.js";
import { Underway } from "./underway.js";

export class Log extends EventTarget {
  #list = find("log");
  #rows = new Rows(this.#list);
  #section = this.#list.closest("[role=log]");
  #newestSeen = page.cursor;
  #underway = new Set();
  #deleted = new Deleted(this.#list);
  // All that is kept from this id on is here; "" for from the beginning.
  #reach = document.body.dataset.oldest;
  generation = 0;
  attached;

  constructor() {
    super();
    const { rows } = this;
    this.attached = find("later").hidden;
    for (const row of rows) this.#adopt(row);
    for (const row of rows) regroup(row);
    this.nameDays();
  }

  get rows() {
    return this.#rows.all;
  }
  get list() {
    return this.#list;
  }
  get newestSeen() {
    return this.#newestSeen;
  }
  get firstId() {
    return this.#rows.firstId;
  }
  get lastRow() {
    return this.#rows.last;
  }
  row(id) {
    return document.getElementById(`m${id}`);
  }
  /** Whether a message that was sent with this key is here. */
  hasKey(key) {
    return this.#list.querySelector(`[data-id][data-key="${CSS.escape(key)}"]`) !== null;
  }

  nameDays() {
    for (const line of this.#list.querySelectorAll(".day")) nameDay(line);
  }

  #adopt(row) {
    const body = part(row, "body");
    if (body.firstElementChild) adoptMarkup(body);
    dress(row);
    markOwn(row);
  }

  /** A page of history is asked for: what comes meanwhile is kept for it until `noLongerExpect`. */
  expectPage() {
    const underway = new Underway(this.generation);
    this.#underway.add(underway);
    return underway;
  }

  noLongerExpect(underway) {
    this.#underway.delete(underway);
  }

  /** What the feed brings, many at a time: the rows that are new, null for each not shown. */
  receive(entries) {
    return entries.flatMap((entry) => {
      if (entry.kind === "gap") this.#receiveGap(entry);
      else if (isRow(entry)) return this.#receiveRow(entry);
      else this.#receiveChange(entry);
      return [];
    });
  }

  #receiveGap(gap) {
    for (const each of this.#underway) each.noteGap();
    if (gap.reason === "reset") this.#newestSeen = START;
    this.#letGo(gap);
    // All that is kept comes next.
    this.attached ||= this.firstId === null;
    if (this.attached) this.#beginAt(gap);
  }

  /** A page of history begins with the oldest that is kept; what is shown was before it. */
  passGap(gap) {
    this.#letGo(gap);
    this.#beginAt(gap);
  }

  // What the store no longer has: that some of it was deleted since, nobody would tell.
  #letGo({ reason, oldest }) {
    this.#rows.dropBefore(reason === "reset" ? null : oldest);
    this.generation += 1;
  }

  #beginAt(gap) {
    this.#deleted.forget();
    this.#reach = "";
    this.#list.prepend(makeGapLine(gap));
    this.dispatchEvent(new Event("begun"));
  }

  #receiveChange(entry) {
    this.#see(entry);
    this.change(entry);
  }

  /** An entry that is no row, from the feed or from the answer to one's own POST. */
  change(entry) {
    if (!KINDS[entry.kind]?.change) return;
    for (const each of this.#underway) each.noteChange(entry);
    this.#change(entry);
  }

  #receiveRow(entry) {
    this.#see(entry);
    for (const each of this.#underway) each.noteArrival(entry);
    const known = this.row(entry.id);
    const echo = this.#echoOf(entry);
    if (known) this.#complete(known, entry);
    else if (echo) this.#turnInto(echo, entry);
    else return [this.#fits(entry) ? this.#rows.place(this.#make(entry)) : null];
    return [];
  }

  #make(entry) {
    return makeRow(entry, noticeOf(entry));
  }

  #see({ id }) {
    if (isAfter(id, this.#newestSeen)) this.#newestSeen = id;
  }

  // What is older than the oldest row belongs to a page that is not loaded.
  #fits({ id }) {
    // Of a room that is shown from its beginning, nothing is: one's own first message may stand here
    // before the feed has brought what was said before it.
    return this.attached && (!this.#reach || this.firstId === null || placeOf(this.#list, id) !== null);
  }

  // The answer to a POST has no HTML.
  #complete(row, entry) {
    if (entry.html && !("html" in part(row, "body").dataset)) setText(row, entry);
  }

  /** A page of history: the first when `atTop`, with older ones above it if `more`. `underway` is
   * what came since it was asked for. */
  insertPage(entries, { atTop, more, underway }) {
    this.#section.setAttribute("aria-busy", "true");
    const missing = entries.filter((entry) => isRow(entry) && !this.row(entry.id));
    for (const entry of missing) this.#dropEchoOf(entry);
    const rows = missing.map((entry) => this.#make(entry));
    if (atTop) this.#rows.prepend(rows);
    else for (const row of rows) this.#rows.place(row);
    if (atTop) this.#reach = more ? (entries[0]?.id ?? this.#reach) : "";
    for (const entry of entries) if (entry.kind === "delete") this.#deleted.note(entry);
    this.#deleted.showAll(this.#isLoaded());
    this.#changeAll(underway);
    this.#section.removeAttribute("aria-busy");
  }

  /** From a `delete` entry; `row` is the message, null if not here. */
  showDeleted(row, entry) {
    const hadFocus = row?.contains(document.activeElement);
    this.#deleted.note(entry);
    if (row) this.remove(row);
    if (this.#isLoaded()(entry.target)) this.#deleted.show(entry.target);
    if (hadFocus) this.#deleted.lineOf(entry.target)?.focus();
  }

  #isLoaded() {
    const newest = this.attached ? null : (this.lastRow?.dataset.id ?? START);
    return (id) =>
      !(this.#reach && isAfter(this.#reach, id)) && (newest === null || isAfter(newest, id));
  }

  /** The last row is the room's newest, but for what came since that was asked for. */
  attach(underway) {
    const { arrivals } = underway;
    this.attached = arrivals !== null;
    if (!this.attached) return;
    this.receive(arrivals);
    this.#deleted.showAll(this.#isLoaded());
    this.#changeAll(underway);
  }

  addPending(row) {
    this.#rows.append(row);
  }

  remove(row) {
    this.#rows.remove(row);
  }

  trim({ fromTop }) {
    if (!this.#rows.trim({ fromTop })) return false;
    this.generation += 1;
    if (!fromTop) this.attached = false;
    else this.#reach = this.firstId ?? "";
    return true;
  }

  clear() {
    this.#rows.clear();
    this.generation += 1;
  }

  #echoOf({ key, author_id: id }) {
    if (!key) return null;
    const found = [...this.#list.querySelectorAll(`[data-pending="${CSS.escape(key)}"]`)];
    // Of what others are writing, the key is theirs alone.
    return found.find(({ dataset }) => !("growing" in dataset) || dataset.authorId === id) ?? null;
  }

  #dropEchoOf(entry) {
    const echo = this.#echoOf(entry);
    if (!echo) return;
    this.remove(echo);
    this.#tellSettled(entry);
  }

  /** The entry of a row that was being sent, as the POST was answered. */
  settle(echo, entry) {
    // What was said before the newest that the feed has brought, and is not here, was deleted
    // meanwhile or is above the log.
    if (this.row(entry.id) || !isAfter(entry.id, this.#newestSeen)) this.#dropEchoOf(entry);
    else this.#turnInto(echo, entry);
  }

  /** Turns an echo into the message itself, in place unless others came in between. */
  #turnInto(echo, entry) {
    if (!this.#fits(entry)) {
      this.#dropEchoOf(entry);
      return;
    }
    delete echo.dataset.pending;
    delete echo.dataset.failed;
    delete echo.dataset.growing;
    echo.querySelector(".failed")?.remove();
    setOrigin(echo, entry);
    part(echo, "guest").hidden = !entry.guest;
    setText(echo, entry);
    dress(echo);
    this.#rows.move(echo);
    this.#tellSettled(entry);
  }

  #tellSettled(entry) {
    this.dispatchEvent(new CustomEvent("settled", { detail: entry }));
  }

  #changeAll({ changes }) {
    for (const change of changes) this.#change(change);
  }

  #change(entry) {
    const row = entry.target ? this.row(entry.target) : null;
    KINDS[entry.kind].change(this, row, entry);
  }
}
