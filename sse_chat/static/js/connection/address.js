// The addresses of one room.
import { callOf } from "../page.js";

/** Makes an address a new one: some caches on the way play `no-store` answers again. */
export const nonce = () => Math.random().toString(36).slice(2, 10);

export class Address {
  #base;

  constructor(root, room) {
    this.#base = root + callOf("", room);
  }

  feed(query) {
    return this.#with("/feed", query);
  }

  messages(query) {
    return this.#with("/messages", { ...query, nonce: nonce() });
  }

  #with(path, query) {
    const text = new URLSearchParams(query).toString();
    return `${this.#base}${path}${text ? `?${text}` : ""}`;
  }
}
