// Step 1: EventSource. It cannot set Last-Event-ID, so the query carries the cursor.

import { KINDS } from "../log/kinds.js";
import { nonce } from "./address.js";

const NAMES = [
  ...Object.keys(KINDS), "hello", "gap", "ping", "bye", "left", "presence", "typing", "activity",
  "growing", "muted", "unmuted",
];

export class EventSourceStep {
  #source;
  #listener;

  constructor(address, cursors, listener) {
    this.#listener = listener;
    const [url, fields] = address.feed(cursors);
    this.#source = new EventSource(`${url}?${fields}&nonce=${nonce()}`);
    for (const kind of NAMES) {
      this.#source.addEventListener(kind, (event) => this.#receive(kind, event.data));
    }
    // Its own retries would count as one connection; after some answers it never tries again.
    this.#source.onerror = () => this.#end();
  }

  #receive(kind, text) {
    let event;
    try {
      event = { ...JSON.parse(text), kind };
    } catch {
      this.#end();
      return;
    }
    if (kind === "hello") this.#listener.hello(event);
    else this.#listener.event(event);
  }

  #end() {
    if (this.#source.onerror === null) return;
    this.close();
    this.#listener.end(null);
  }

  close() {
    this.#source.onerror = null;
    this.#source.close();
  }
}
