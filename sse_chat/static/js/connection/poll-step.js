// Step 3: long-poll. It passes wherever a plain request passes.

import { eventsOf, poll } from "./poll.js";
import { Problem } from "./problem.js";

const MAX_WAIT_S = 25;
const MIN_LASTED_S = 1;
const TIMEOUT_MS = 35_000;
// Something that answers in no time with nothing, such as a cache, must not be asked in a loop.
const PAUSE_MS = 500;

// What this path lets a question wait: some cut an answer that does not begin for a few seconds.
let longestS = MAX_WAIT_S;

export class PollStep {
  #abort = new AbortController();
  #address;
  #cursors;
  #after; // once there was an answer
  #listener;

  constructor(address, cursors, listener) {
    this.#address = address;
    this.#cursors = cursors;
    this.#listener = listener;
    // It may be another path by now.
    longestS = Math.min(2 * longestS, MAX_WAIT_S);
    this.#run().catch((error) => this.#end(error));
  }

  async #run() {
    // The first question does not wait: its answer is the hello.
    for (let waitS = 0; !this.#abort.signal.aborted; ) {
      const began = performance.now();
      const page = await this.#ask(waitS).catch((error) => shorten(waitS, began, error));
      if (this.#abort.signal.aborted) return;
      if (page && waitS === 0) this.#listener.hello(page);
      if (page) this.#tell(page);
      const isHasty = waitS && page && !page.events.length && performance.now() - began < PAUSE_MS;
      if (isHasty) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      // After a question that was cut, one that does not wait tells whether the path works.
      waitS = page ? longestS : 0;
    }
  }

  #ask(waitS) {
    const { signal } = this.#abort;
    const how = { after: this.#after, waitS, timeoutMs: TIMEOUT_MS, signal };
    return poll(this.#address, this.#cursors, how);
  }

  #tell(page) {
    eventsOf(page).forEach((event) => this.#listener.event(event));
    this.#listener.event({ kind: "ping", cursor: page.cursor });
    this.#after = page.cursor;
  }

  #end(error) {
    if (this.#abort.signal.aborted) return;
    this.#listener.end(error instanceof Problem ? error : null);
  }

  close() {
    this.#abort.abort();
  }
}

// Throws what was no cut of a question that waited.
function shorten(waitS, began, error) {
  const lastedS = Math.floor((performance.now() - began) / 1000);
  if (!waitS || lastedS < MIN_LASTED_S) throw error;
  longestS = Math.max(1, Math.min(lastedS - 1, Math.floor(waitS / 2)));
  return null;
}
