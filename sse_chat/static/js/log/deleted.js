// A quiet line in place of messages that were deleted, with who did it; several in a row are one.
// What was deleted of a page that is not loaded is remembered until it is.
import { clone, part } from "../page.js";
import { dayOf } from "../times.js";
import { placeOf } from "./order.js";

const MAX_KNOWN = 1000;

export class Deleted {
  #list;
  #known = new Map(); // id of the message -> name of who deleted it

  constructor(list) {
    this.#list = list;
    for (const [id, by] of JSON.parse(list.dataset.deletedAbove || "[]")) this.#remember(id, by);
  }

  /** From a `delete` entry. */
  note({ target, author, author_id: id }) {
    this.#remember(target, id === "h_erased" ? "" : author);
  }

  #remember(id, by) {
    this.#known.set(id, by);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value);
  }

  /** After a reset ids begin anew. */
  forget() {
    this.#known.clear();
  }

  /** Lines for all of them that lie in what is loaded. */
  showAll(isLoaded) {
    for (const id of this.#known.keys()) if (isLoaded(id)) this.show(id);
  }

  show(id) {
    if (!this.lineOf(id)) this.#place(id, this.#known.get(id));
  }

  lineOf(id) {
    return this.#list.querySelector(`[data-deleted~="${CSS.escape(id)}"]`);
  }

  #place(id, by) {
    const place = this.#placeOf(id);
    if (isOf(place, by)) add(place, id);
    else {
      const line = clone("deleted");
      Object.assign(line.dataset, { deleted: id, author: by });
      if (place) place.after(line);
      else this.#list.prepend(line);
      fill(line);
    }
    const line = this.lineOf(id);
    const next = line.nextElementSibling;
    if (!isOf(next, by)) return;
    add(line, next.dataset.deleted);
    next.remove();
  }

  // Below the line of its day, where there is one.
  #placeOf(id) {
    const place = placeOf(this.#list, id);
    const next = place ? place.nextElementSibling : this.#list.firstElementChild;
    return next?.dataset.day === dayOf(parseInt(id)) ? next : place;
  }
}

const isOf = (line, by) => line?.dataset.deleted !== undefined && line.dataset.author === by;

function add(line, ids) {
  line.dataset.deleted += ` ${ids}`;
  fill(line);
}

function fill(line) {
  const { deleted, author } = line.dataset;
  const count = deleted.split(" ").length;
  part(line, "what").textContent = count === 1 ? "Message deleted" : `${count} messages deleted`;
  part(line, "by").textContent = author;
  part(line, "by").parentElement.hidden = !author;
}
