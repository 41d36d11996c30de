// The log: rows in id order, never more than a few hundred of them.
//
// It is `attached` while its last row is the room's newest; after much scrolling back it is not,
// and what arrives is only counted until the reader comes back down.
import { isAfter } from "../connection/cursor.js";
import { addCopyButtons } from "../copying.js";
import { find, page, part } from "../page.js";
import { makeGapLine } from "./gap.js";
import { isMessage, nameDay, regroup, rowAfter, rowBefore } from "./grouping.js";
import { applyReaction, markOwn } from "./reactions.js";
import { forgetQuotes, quoteAnew } from "./quotes.js";
import { dress, isShown, makeRow, setOrigin, setText } from "./row.js";

const MAX_ROWS = 300;

export class Log extends EventTarget {
  #list = find("log");
  #section = this.#list.closest("[role=log]");
  #newestSeen = page.cursor;
  #rowCount;
  attached;

  constructor() {
    super();
    const rows = this.rows;
    this.#rowCount = rows.length;
    this.attached = find("later").hidden;
    for (const row of rows) this.#adopt(row);
    for (const row of rows) regroup(row);
    this.nameDays();
  }

  get rows() {
    return [...this.#list.children].filter(isMessage);
  }
  get list() {
    return this.#list;
  }
  get newestSeen() {
    return this.#newestSeen;
  }
  get firstId() {
    return this.#list.querySelector("[data-id]")?.dataset.id ?? null;
  }
  get lastRow() {
    return this.rows.findLast((row) => row.dataset.id) ?? null;
  }
  row(id) {
    return document.getElementById(`m${id}`);
  }

  nameDays() {
    for (const line of this.#list.querySelectorAll(".day")) nameDay(line);
  }

  #adopt(row) {
    const body = part(row, "body");
    if (body.firstElementChild) {
      body.dataset.html = "";
      addCopyButtons(body);
    }
    dress(row);
    markOwn(row);
  }

  /** What the feed brings, many at a time; says which rows are new. */
  receive(entries) {
    const added = [];
    for (const entry of entries) {
      if (entry.kind === "gap") {
        if (this.attached) this.#list.append(makeGapLine(entry));
        continue;
      }
      if (isAfter(entry.id, this.#newestSeen)) this.#newestSeen = entry.id;
      if (!isShown(entry)) this.#change(entry);
      else if (this.#settle(entry)) continue;
      else if (this.attached) added.push(this.#place(entry));
      else added.push(null);
    }
    return added;
  }

  /** A page of history; the first when `atTop`. */
  insertPage(entries, { atTop }) {
    this.#section.setAttribute("aria-busy", "true");
    const rows = entries.filter(isShown).filter((entry) => !this.row(entry.id)).map(makeRow);
    const anchor = atTop ? this.#list.firstElementChild : null;
    for (const row of rows) this.#list.insertBefore(row, anchor);
    this.#rowCount += rows.length;
    for (const row of rows) regroup(row);
    regroup(rows.length && rowAfter(rows.at(-1)));
    this.#section.removeAttribute("aria-busy");
    return rows.length;
  }

  addPending(row) {
    this.#list.append(row);
    this.#rowCount += 1;
    regroup(row);
  }

  remove(row) {
    const after = rowAfter(row);
    const line = row.previousElementSibling;
    row.remove();
    this.#rowCount -= 1;
    if (line?.classList.contains("day")) line.remove();
    regroup(after);
  }

  /** Drops rows at one end, but none that is still being sent; true when there were too many. */
  trim({ fromTop }) {
    const excess = this.#rowCount - MAX_ROWS;
    if (excess <= 0) return false;
    const rows = this.rows.filter((row) => !("pending" in row.dataset));
    const dropped = fromTop ? rows.slice(0, excess) : rows.slice(-excess);
    for (const row of dropped) row.remove();
    this.#rowCount -= dropped.length;
    this.#dropLooseLines();
    if (!fromTop) this.attached = false;
    return true;
  }

  // Lines above the first row or below the last are about rows that are gone.
  #dropLooseLines() {
    const { rows } = this;
    for (const line of [...this.#list.children].filter((each) => !isMessage(each))) {
      const isLoose = !rowBefore(line) || !rowAfter(line);
      if (isLoose) line.remove();
    }
    regroup(rows[0]);
  }

  /** Leaves only what is still being sent. */
  clear() {
    const pending = this.rows.filter((row) => "pending" in row.dataset);
    this.#list.replaceChildren(...pending);
    this.#rowCount = pending.length;
  }

  #place(entry) {
    const row = makeRow(entry);
    let after = this.#list.lastElementChild;
    // A message that is still being sent stays below what is already in the room.
    while (after && !this.#isBefore(after, entry.id)) after = after.previousElementSibling;
    this.#list.insertBefore(row, after ? after.nextSibling : this.#list.firstElementChild);
    this.#rowCount += 1;
    regroup(row);
    regroup(rowAfter(row));
    return row;
  }

  #isBefore(element, id) {
    if (!isMessage(element)) return element.classList.contains("gap");
    return Boolean(element.dataset.id) && isAfter(id, element.dataset.id);
  }

  /** The entry of a row that is already here: its own echo, or one that the POST brought first. */
  #settle(entry) {
    const known = this.row(entry.id);
    if (known) {
      if (entry.html && !("html" in part(known, "body").dataset)) setText(known, entry);
      return true;
    }
    const echo = entry.key && this.#list.querySelector(`[data-pending="${CSS.escape(entry.key)}"]`);
    if (!echo) return false;
    this.settle(echo, entry);
    return true;
  }

  /** Turns an echo into the message itself, in place unless others came in between. */
  settle(echo, entry) {
    delete echo.dataset.pending;
    delete echo.dataset.failed;
    echo.querySelector(".failed")?.remove();
    setOrigin(echo, entry);
    part(echo, "name").textContent = entry.author;
    part(echo, "guest").hidden = !entry.guest;
    setText(echo, entry);
    dress(echo);
    this.#moveIntoOrder(echo);
    regroup(echo);
    regroup(rowAfter(echo));
    this.dispatchEvent(new CustomEvent("settled", { detail: entry }));
  }

  #moveIntoOrder(row) {
    const { id } = row.dataset;
    let before = rowBefore(row);
    while (before && !(before.dataset.id && isAfter(id, before.dataset.id))) before = rowBefore(before);
    const expected = rowBefore(row);
    if (before === expected) return;
    const after = rowAfter(row);
    if (before) before.after(row);
    else this.#list.prepend(row);
    regroup(after);
  }

  #change(entry) {
    if (entry.kind === "delete") forgetQuotes(this.#list, entry.target);
    else if (entry.kind === "edit") quoteAnew(this.#list, entry);
    const row = entry.target && this.row(entry.target);
    if (!row) return;
    if (entry.kind === "delete") this.remove(row);
    else if (entry.kind === "reaction") applyReaction(row, entry);
    else if (entry.kind === "edit") {
      setText(row, { ...entry, kind: row.dataset.kind });
      part(row, "edited").hidden = false;
      dress(row);
    }
  }
}
