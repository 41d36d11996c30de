// The rows of the log as elements: in id order, with their day lines and groups, never more than a
// few hundred of them. What is still being sent has no id and stands last.
import { isAfter } from "../connection/cursor.js";
import { isMessage, regroup, rowAfter, rowBefore } from "./grouping.js";
import { neighbour, placeOf } from "./order.js";

const MAX_ROWS = 300;

const isUnsent = (row) => !row.dataset.id;

export class Rows {
  #list;
  #count;

  constructor(list) {
    this.#list = list;
    this.#count = this.all.length;
  }

  get all() {
    return [...this.#list.children].filter(isMessage);
  }
  get firstId() {
    return this.#list.querySelector("[data-id]")?.dataset.id ?? null;
  }
  get last() {
    return this.all.findLast((row) => row.dataset.id) ?? null;
  }

  /** Below what is older; what is older than all goes to the top. */
  place(row) {
    this.#insert(row);
    this.#count += 1;
    regroup(row);
    regroup(rowAfter(row));
    return row;
  }

  prepend(rows) {
    if (!rows.length) return;
    this.#list.prepend(...rows);
    this.#count += rows.length;
    for (const row of rows) regroup(row);
    regroup(rowAfter(rows.at(-1)));
  }

  append(row) {
    this.#list.append(row);
    this.#count += 1;
    regroup(row);
  }

  /** After its id has changed. */
  move(row) {
    const after = rowAfter(row);
    this.#insert(row);
    regroup(after);
    regroup(row);
    regroup(rowAfter(row));
  }

  #insert(row) {
    const place = placeOf(this.#list, row.dataset.id, row);
    if (row.isConnected && place === neighbour(row)) return;
    if (place) place.after(row);
    else this.#list.prepend(row);
  }

  remove(row) {
    const after = rowAfter(row);
    const line = row.previousElementSibling;
    row.remove();
    this.#count -= 1;
    if (line?.classList.contains("day")) line.remove();
    regroup(after);
  }

  /** Drops rows at one end, but none that is still being sent; true when there were too many. */
  trim({ fromTop }) {
    const excess = this.#count - MAX_ROWS;
    if (excess <= 0) return false;
    const rows = this.all.filter((row) => !isUnsent(row));
    this.#drop(fromTop ? rows.slice(0, excess) : rows.slice(-excess));
    return true;
  }

  /** Drops what is older than this id, null for all, but nothing that is still being sent. */
  dropBefore(id) {
    const isGone = ({ dataset }) => dataset.id && !(id && !isAfter(id, dataset.id));
    this.#drop(this.all.filter(isGone));
  }

  #drop(rows) {
    for (const row of rows) row.remove();
    this.#count -= rows.length;
    this.#dropLooseLines();
  }

  // Lines above the first row or below the last are about rows that are gone.
  #dropLooseLines() {
    for (const line of [...this.#list.children].filter((each) => !isMessage(each))) {
      const isLoose = !rowBefore(line) || !rowAfter(line);
      if (isLoose) line.remove();
    }
    regroup(this.all[0]);
  }

  /** Leaves only what is still being sent. */
  clear() {
    const unsent = this.all.filter(isUnsent);
    this.#list.replaceChildren(...unsent);
    this.#count = unsent.length;
  }
}
