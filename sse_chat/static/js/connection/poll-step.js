// Step 3: long-poll. It passes wherever a plain request passes.

import { eventsOf, poll } from "./poll.js";
import { Problem } from "./problem.js";

const WAIT_S = 25;
const TIMEOUT_MS = 35_000;
// Something that answers in no time with nothing, such as a cache, must not be asked in a loop.
const PAUSE_MS = 500;

export class PollStep {
  #abort = new AbortController();
  #address;
  #cursor;
  #listener;

  constructor(address, cursor, listener) {
    this.#address = address;
    this.#cursor = cursor;
    this.#listener = listener;
    this.#run().catch((error) => this.#end(error));
  }

  async #run() {
    // The first question does not wait: its answer is the hello.
    for (let waitS = 0; !this.#abort.signal.aborted; waitS = WAIT_S) {
      const began = performance.now();
      const page = await this.#ask(waitS);
      if (this.#abort.signal.aborted) return;
      if (waitS === 0) this.#listener.hello(page);
      this.#tell(page);
      const isHasty = waitS && !page.events.length && performance.now() - began < PAUSE_MS;
      if (isHasty) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  #ask(waitS) {
    const { signal } = this.#abort;
    return poll(this.#address, this.#cursor, { waitS, timeoutMs: TIMEOUT_MS, signal });
  }

  #tell(page) {
    eventsOf(page).forEach((event) => this.#listener.event(event));
    this.#listener.event({ kind: "ping", cursor: page.cursor });
    this.#cursor = page.cursor;
  }

  #end(error) {
    if (this.#abort.signal.aborted) return;
    this.#listener.end(error instanceof Problem ? error : null);
  }

  close() {
    this.#abort.abort();
  }
}
