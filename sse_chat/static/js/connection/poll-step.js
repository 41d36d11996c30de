// Step 3: long-poll. It passes wherever a plain request passes.

import { eventsOf, poll } from "./poll.js";
import { Problem } from "./problem.js";

const WAIT_S = 25;
const TIMEOUT_MS = 35_000;

export class PollStep {
  #abort = new AbortController();
  #listener;

  constructor(address, cursor, listener) {
    this.#listener = listener;
    this.#run(address, cursor).catch((error) => this.#end(error));
  }

  async #run(address, cursor) {
    // The first question does not wait: its answer is the hello.
    for (let waitS = 0; !this.#abort.signal.aborted; waitS = WAIT_S) {
      const page = await poll(address, cursor, {
        waitS,
        timeoutMs: TIMEOUT_MS,
        signal: this.#abort.signal,
      });
      if (this.#abort.signal.aborted) return;
      if (waitS === 0) this.#listener.hello({ room: page.room, cursor });
      eventsOf(page).forEach((event) => this.#listener.event(event));
      this.#listener.event({ kind: "ping", cursor: page.cursor });
      cursor = page.cursor;
    }
  }

  #end(error) {
    if (this.#abort.signal.aborted) return;
    this.#listener.end(error instanceof Problem ? error : null);
  }

  close() {
    this.#abort.abort();
  }
}
