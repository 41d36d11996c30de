// What this browser keeps between visits. Storage may be full or forbidden: then nothing is kept.
//
// It is kept under the author's id: the next person at this browser neither sees nor sends it. Who
// has no name yet keeps it in the tab alone.
import { page } from "./page.js";

export const OWNED = "sse-chat:@";
export const ownedBy = (authorId) => `${OWNED}${authorId || "-"}:`;

let isOver = false;

export class Kept {
  #name;
  #isPerTab;

  constructor(name, { perTab = false } = {}) {
    this.#name = name;
    this.#isPerTab = perTab;
  }

  get #key() {
    return ownedBy(page.authorId) + this.#name;
  }

  get #storage() {
    return this.#isPerTab || !page.authorId ? sessionStorage : localStorage;
  }

  read(otherwise) {
    try {
      return JSON.parse(this.#storage.getItem(this.#key) ?? "null") ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  write(value) {
    if (isOver) return;
    try {
      if (value === null || value === "") this.#storage.removeItem(this.#key);
      else this.#storage.setItem(this.#key, JSON.stringify(value));
    } catch {
      // Full or forbidden.
    }
  }
}

/** This page keeps nothing more. */
export const stopKeeping = () => (isOver = true);
