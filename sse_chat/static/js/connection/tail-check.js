// TailCheck: whether a feed that works brings the end of what is said, too.
//
// A path that passes bytes on in blocks keeps the end of the newest event until the next one pushes
// it out. So plain questions tell whether there is more, until the feed has brought the end of what
// was said three times, or nobody has spoken for a minute.

import { isAfter } from "./cursor.js";

const PAUSE_MS = 1000;
const GRACE_MS = 1000;
const CHECKS = 3;
// Between questions while nobody speaks.
const RESTS_MS = [500, 1000, 2000, 4000, 7000, 11_000, 15_000, 15_000];

export class TailCheck {
  #owner;
  #left = CHECKS;
  #brought; // room -> the id that the feed itself has come to
  #timer;
  #isOver = false;
  #isJudged = false;
  #count = 0; // of what the feed has brought
  #counted = 0; // of that, what was there when it last lacked nothing
  #rests = 0;

  // `owner` has look() and cursors(), and is told held.
  constructor(owner) {
    this.#owner = owner;
    this.#brought = new Map(owner.cursors());
  }

  /** The feed comes through; what is said next may be kept all the same. */
  begin() {
    this.#isJudged = true;
    this.#checkIn(PAUSE_MS);
  }

  /** The feed itself brought this entry. */
  brought({ room, id }) {
    if (this.#isOver) return;
    this.#brought.set(room, id);
    this.#count += 1;
    this.#rests = 0;
    if (this.#isJudged) this.#checkIn(PAUSE_MS);
  }

  #checkIn(ms) {
    clearTimeout(this.#timer);
    if (this.#left && !this.#isOver) this.#timer = setTimeout(() => this.#check(), ms);
  }

  async #check() {
    const count = this.#count;
    const isAnswered = await this.#owner.look();
    const cursors = this.#owner.cursors();
    if (this.#isOver) return;
    if (this.#lacks(cursors)) {
      // The feed may be bringing it at this very moment.
      await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
      if (!this.#isOver && this.#lacks(cursors)) return this.#owner.held();
    } else if (isAnswered && count !== this.#counted) {
      this.#counted = count;
      this.#left -= 1;
    }
    // Something came meanwhile, and has set the time anew.
    if (count !== this.#count) return;
    if (this.#rests < RESTS_MS.length) this.#checkIn(PAUSE_MS + RESTS_MS[this.#rests++]);
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
