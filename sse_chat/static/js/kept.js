// What this browser keeps between visits. Storage may be full or forbidden: then nothing is kept.
//
// It is kept under the author's id: the next person at this browser neither sees nor sends it. Who
// has no name yet keeps it in the tab alone.
import { page } from "./page.js";

// Another server may stand under another path of the same name.
export const OWNED = `sse-chat${page.root}:@`;
export const ownedBy = (authorId) => `${OWNED}${authorId || "-"}:`;

const storage = (isPerTab) => (page.authorId && !isPerTab ? localStorage : sessionStorage);
let isOver = false;

export class Kept {
  #name;
  #isPerTab;

  constructor(name, { isPerTab = false } = {}) {
    this.#name = name;
    this.#isPerTab = isPerTab;
  }

  /** The names of what is kept, with this beginning. */
  static names(beginning) {
    try {
      const owner = ownedBy(page.authorId);
      const found = Object.keys(storage()).filter((key) => key.startsWith(owner + beginning));
      return found.map((key) => key.slice(owner.length));
    } catch {
      return [];
    }
  }

  get #key() {
    return ownedBy(page.authorId) + this.#name;
  }

  read(otherwise) {
    try {
      return JSON.parse(storage(this.#isPerTab).getItem(this.#key) ?? "null") ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  write(value) {
    if (isOver) return;
    try {
      const place = storage(this.#isPerTab);
      if (value === null || value === "") place.removeItem(this.#key);
      else place.setItem(this.#key, JSON.stringify(value));
    } catch {
      // Full or forbidden.
    }
  }
}

/** This page keeps nothing more. */
export const stopKeeping = () => (isOver = true);
