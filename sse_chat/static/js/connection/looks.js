// Looks: plain questions that do not wait. Nobody waits for the diagnosis: while no step holds,
// they show what there is; and they tell a path that is broken from a step that is.

import { poll } from "./poll.js";
import { Problem } from "./problem.js";

const MOST_LIMIT_MS = 30_000;

export class Looks {
  #address;
  #owner;
  #timing;
  #timer = null;
  #abort = new AbortController();
  #limitMs; // for one answer
  rttMs = 0; // the shortest so far
  problem = null; // what the last one met
  answeredAt = -Infinity; // when the last answer came, in the page's milliseconds

  // `owner` has `cursors()`, and is told page, with the cursors that it follows, and, before the
  // first of a row, looking.
  constructor(address, timing, owner) {
    this.#address = address;
    this.#timing = timing;
    this.#owner = owner;
    this.#limitMs = timing.lookTimeoutMs;
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

  /** The rooms that are refused, each asked for alone. */
  async findRefused() {
    const refused = [];
    for (const each of this.#owner.cursors()) {
      const isRefused = ({ reason }) => reason === "forbidden" && refused.push(each[0]);
      await this.#ask([each]).catch(isRefused);
    }
    return refused;
  }

  // Whether a plain question is answered.
  async now() {
    const began = performance.now();
    try {
      const cursors = this.#owner.cursors();
      const page = await this.#ask(cursors);
      this.answeredAt = performance.now();
      const tookMs = this.answeredAt - began;
      this.rttMs = Math.min(this.rttMs || tookMs, tookMs);
      this.#limitMs = Math.max(this.#timing.lookTimeoutMs, 4 * tookMs);
      this.problem = null;
      if (!this.#abort.signal.aborted) this.#owner.page(page, cursors);
      return true;
    } catch (error) {
      this.problem = error instanceof Problem ? error : new Problem(null, String(error));
      // A path that is slow from now on answers all the same, if it is given the time.
      if (performance.now() - began >= this.#limitMs) this.#limitMs *= 2;
      return false;
    }
  }

  #ask(cursors) {
    const timeoutMs = this.#limitMs = Math.min(this.#limitMs, MOST_LIMIT_MS);
    return poll(this.#address, cursors, { waitS: 0, timeoutMs, signal: this.#abort.signal });
  }

  async #repeat(isFirst) {
    const timer = this.#timer;
    if (isFirst) this.#owner.looking();
    await this.now();
    if (this.#timer !== timer) return;
    this.#timer = setTimeout(() => this.#repeat(false), this.#timing.lookEveryMs);
  }
}
