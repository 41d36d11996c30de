// Whom this reader does not want to read. Kept in this browser, known to nobody else.
import { Kept } from "../kept.js";

export class Muted {
  #kept = new Kept("muted");
  #names = new Set(this.#kept.read([]));
  #list;

  constructor(list) {
    this.#list = list;
    new MutationObserver((records) => {
      for (const { addedNodes } of records) for (const node of addedNodes) this.#apply(node);
    }).observe(list, { childList: true });
    this.#applyAll();
  }

  get names() {
    return [...this.#names];
  }

  has(name) {
    return this.#names.has(fold(name));
  }

  add(name) {
    this.#names.add(fold(name));
    this.#changed();
  }

  remove(name) {
    this.#names.delete(fold(name));
    this.#changed();
  }

  #changed() {
    this.#kept.write(this.names.length ? this.names : null);
    this.#applyAll();
  }

  #applyAll() {
    for (const row of this.#list.children) this.#apply(row);
  }

  #apply(row) {
    const { author } = row.dataset ?? {};
    if (author) row.classList.toggle("muted-author", this.#names.has(fold(author)));
  }
}

const fold = (name) => name.replace(/^@/, "").normalize("NFKC").toLowerCase();
