// Trial: one connection by one step, from opening to its end, and whether it holds.
//
// A step holds when `hello` was parsed in time and a later event came well after it: some paths
// let the first bytes through and keep the rest.

export class Trial {
  #step;
  #owner;
  #timing;
  #timer;
  #helloAt = 0;
  #openedAt = performance.now();
  #isOver = false;
  holds = false;

  constructor(Step, address, cursor, { owner, timing, rttMs, isTrusted }) {
    this.#owner = owner;
    this.#timing = timing;
    this.isTrusted = isTrusted;
    this.#wait(Math.max(timing.helloMs, 4 * rttMs));
    this.#step = new Step(address, cursor, {
      hello: () => this.#hello(),
      event: (event) => this.#event(event),
      end: (problem) => this.#end(problem),
    });
  }

  get lifeMs() {
    return performance.now() - this.#openedAt;
  }

  // Polls prove themselves by their first answer; what held lately is trusted at its hello.
  #hello() {
    if (this.#isOver) return;
    this.#helloAt = performance.now();
    this.#owner.hello(this);
    if (this.isTrusted) this.#hold();
    else this.#wait(this.#timing.secondMs);
  }

  #event(event) {
    if (this.#isOver) return;
    const isLater = performance.now() - this.#helloAt >= this.#timing.laterMs;
    if (this.#helloAt && isLater && !this.holds) this.#hold();
    if (this.holds) this.#wait(this.#timing.silenceMs);
    this.#owner.event(event, this);
  }

  #hold() {
    this.holds = true;
    this.#wait(this.#timing.silenceMs);
    this.#owner.holds(this);
  }

  #wait(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(null), ms);
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
