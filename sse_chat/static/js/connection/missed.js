// Missed: fetches what a tab was not told of by the tab that reads for it.

import { Address } from "./address.js";
import { isAfter } from "./cursor.js";
import { eventsOf, poll } from "./poll.js";

const TIMEOUT_MS = 10_000;

export class Missed {
  #address;
  #room;
  #owner;
  #signal;
  #isBehind = false;
  #isFetching = false;

  // `owner` has cursor() and is told event.
  constructor({ root, room }, signal, owner) {
    this.#address = new Address(root);
    this.#room = room;
    this.#signal = signal;
    this.#owner = owner;
  }

  // What fails is left for the next sign of life.
  async fetchUpTo(cursor) {
    if (!isAfter(cursor, this.#owner.cursor())) return;
    this.#isBehind = true;
    if (this.#isFetching) return;
    this.#isFetching = true;
    while (this.#isBehind) {
      this.#isBehind = false;
      await this.#fetch().catch(() => {});
    }
    this.#isFetching = false;
  }

  async #fetch() {
    const limits = { waitS: 0, timeoutMs: TIMEOUT_MS, signal: this.#signal };
    const page = await poll(this.#address, [[this.#room, this.#owner.cursor()]], limits);
    eventsOf(page).forEach((event) => this.#owner.event(event));
  }
}
