// TailCheck: whether a feed that works brings the end of what is said, too.
//
// A path that passes bytes on in blocks keeps the end of the newest event until the next one pushes
// it out. So after the first pauses of a feed a plain question tells whether there is more.

import { isAfter } from "./cursor.js";

const PAUSE_MS = 1000;
const GRACE_MS = 1000;
const CHECKS = 3;

export class TailCheck {
  #owner;
  #left = CHECKS;
  #newest = null; // id
  #timer;
  #isOver = false;

  // `owner` has look() and cursor(), and is told held.
  constructor(owner) {
    this.#owner = owner;
  }

  /** The feed itself brought this entry. */
  brought(id) {
    this.#newest = id;
    if (!this.#left || this.#isOver) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), PAUSE_MS);
  }

  async #check() {
    await this.#owner.look();
    const cursor = this.#owner.cursor();
    if (this.#isOver) return;
    if (!isAfter(cursor, this.#newest)) {
      this.#left -= 1;
      return;
    }
    // The feed may be bringing it at this very moment.
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
    if (!this.#isOver && isAfter(cursor, this.#newest)) this.#owner.held();
  }

  close() {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}
