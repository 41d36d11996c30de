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
  #brought; // room -> the id that the feed itself has come to
  #timer;
  #isOver = false;

  // `owner` has look() and cursors(), and is told held.
  constructor(owner) {
    this.#owner = owner;
    this.#brought = new Map(owner.cursors());
  }

  /** The feed itself brought this entry. */
  brought({ room, id }) {
    if (this.#isOver) return;
    this.#brought.set(room, id);
    if (!this.#left) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), PAUSE_MS);
  }

  async #check() {
    await this.#owner.look();
    const cursors = this.#owner.cursors();
    if (this.#isOver) return;
    if (!this.#lacks(cursors)) {
      this.#left -= 1;
      return;
    }
    // The feed may be bringing it at this very moment.
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
    if (!this.#isOver && this.#lacks(cursors)) this.#owner.held();
  }

  #lacks(cursors) {
    return cursors.some(
      ([room, id]) => this.#brought.has(room) && isAfter(id, this.#brought.get(room)),
    );
  }

  close() {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }
}
