// Upgrade: networks change, so beside a lower step that works the better ones are tried again.

import { recallStep, rememberStep } from "./memory.js";
import { Trial } from "./trial.js";

export class Upgrade {
  #steps;
  #owner;
  #timing;
  #timer = null;
  #trial = null;

  // `owner` has address, cursors() and step(), and is told found(step).
  constructor(steps, timing, owner) {
    this.#steps = steps;
    this.#owner = owner;
    this.#timing = timing;
  }

  start() {
    this.#wait(Math.max(0, this.#timing.rememberMs - (recallStep()?.ageMs ?? 0)));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#trial?.close();
    this.#trial = null;
  }

  now() {
    if (this.#trial) return;
    this.#wait(this.#timing.rememberMs);
    this.#try(1);
  }

  #wait(ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), ms);
  }

  // Its events are left alone: the running step brings them.
  #try(step) {
    this.#trial = null;
    const running = this.#owner.step();
    if (step >= running) {
      if (running > 1) rememberStep(running, true);
      return;
    }
    const owner = {
      hello: () => {},
      event: () => {},
      ended: () => this.#try(step + 1),
      holds: (trial) => this.#found(trial, step),
    };
    const { address, cursors } = this.#owner;
    const { [step - 1]: Step } = this.#steps;
    this.#trial = new Trial(Step, address, cursors(), { owner, timing: this.#timing });
  }

  #found(trial, step) {
    trial.close();
    this.#trial = null;
    this.#owner.found(step);
  }
}
