// Looks: plain questions that do not wait. Nobody waits for the diagnosis: while no step holds,
// they show what there is; and they tell a path that is broken from a step that is.

import { poll } from "./poll.js";
import { Problem } from "./problem.js";

export class Looks {
  #address;
  #owner;
  #timing;
  #timer = null;
  #abort = new AbortController();
  rttMs = 0; // the shortest so far
  problem = null; // what the last one met
  answeredAt = -Infinity; // when the last answer came, in the page's milliseconds

  // `owner` has `cursor()`, and is told page and, before the first of a row, looking.
  constructor(address, timing, owner) {
    this.#address = address;
    this.#timing = timing;
    this.#owner = owner;
  }

  // One after another from then on, until stopped; those that go on go on.
  begin(inMs) {
    this.#timer ??= setTimeout(() => this.#repeat(true), inMs);
  }

  beginAnew(inMs) {
    this.stop();
    this.begin(inMs);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  close() {
    this.stop();
    this.#abort.abort();
  }

  // Whether a plain question is answered.
  async now() {
    const began = performance.now();
    try {
      const page = await poll(this.#address, this.#owner.cursor(), {
        waitS: 0,
        timeoutMs: Math.max(this.#timing.lookTimeoutMs, 4 * this.rttMs),
        signal: this.#abort.signal,
      });
      this.answeredAt = performance.now();
      const tookMs = this.answeredAt - began;
      this.rttMs = Math.min(this.rttMs || tookMs, tookMs);
      this.problem = null;
      if (!this.#abort.signal.aborted) this.#owner.page(page);
      return true;
    } catch (error) {
      this.problem = error instanceof Problem ? error : new Problem(null, String(error));
      return false;
    }
  }

  async #repeat(isFirst) {
    const timer = this.#timer;
    if (isFirst) this.#owner.looking();
    await this.now();
    if (this.#timer !== timer) return;
    this.#timer = setTimeout(() => this.#repeat(false), this.#timing.lookEveryMs);
  }
}
