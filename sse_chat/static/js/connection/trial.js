// Trial: one connection by one step, from opening to its end, and whether it holds.
//
// A step holds when `hello` was parsed in time and a later event came well after it: some paths
// let the first bytes through and keep the rest.

const MOST_HELLO_MS = 20_000;

export class Trial {
  #step;
  #owner;
  #timing;
  #rttMs;
  #timer;
  #helloAt = 0;
  #isOver = false;
  openedAt = performance.now();
  holds = false;
  isSilent = false; // it ended because nothing came

  // `owner` is told hello, event, holds and ended; `rttMs()` gives the round trip known so far.
  constructor(Step, address, cursors, { owner, timing, rttMs = () => 0 }) {
    this.#owner = owner;
    this.#timing = timing;
    this.#rttMs = rttMs;
    this.#wait(timing.helloMs);
    this.#step = new Step(address, cursors, {
      hello: (event) => this.#hello(event),
      event: (event) => this.#event(event),
      end: (problem) => this.#end(problem),
    });
  }

  get lifeMs() {
    return performance.now() - this.openedAt;
  }

  #hello(event) {
    if (this.#isOver || !event.cursor) return;
    this.#helloAt = performance.now();
    this.#wait(this.#timing.secondMs);
    this.#owner.hello(this);
  }

  #event(event) {
    if (this.#isOver) return;
    const isLater = this.#helloAt && performance.now() - this.#helloAt >= this.#timing.laterMs;
    if (isLater && !this.holds) this.hold();
    if (this.holds) this.#wait(this.#timing.silenceMs);
    this.#owner.event(event, this);
  }

  // Polls prove themselves by their first answer: their owner calls this at hello.
  hold() {
    this.holds = true;
    this.#wait(this.#timing.silenceMs);
    this.#owner.holds(this);
  }

  #wait(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(), ms);
  }

  #giveUp() {
    const enoughMs = Math.min(4 * this.#rttMs(), MOST_HELLO_MS);
    if (!this.#helloAt && this.lifeMs < enoughMs) {
      this.#wait(enoughMs - this.lifeMs);
      return;
    }
    this.isSilent = true;
    this.#end(null);
  }

  #end(problem) {
    if (this.#isOver) return;
    this.close();
    this.#owner.ended(this, problem);
  }

  close() {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#step?.close();
  }
}
