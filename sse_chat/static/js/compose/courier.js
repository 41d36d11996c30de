// What other pages left unsent, of any room, goes out by whatever page is open, while a tab
// that shows it sends it, too.
import { post } from "../api.js";
import { callOf, page } from "../page.js";
import { deliver, fieldsOf, isKnown } from "./delivering.js";
import { unsent } from "./unsent.js";

const EVERY_MS = 15_000;
// So long a tab may take by itself.
const SENDING_MS = 3000;
const LEAVING_MS = 1000;

export class Courier {
  #outbox;
  #refused = new Set();
  #isSending = false;

  constructor({ connection, outbox }) {
    this.#outbox = outbox;
    connection.addEventListener("state", () => this.#send());
    setInterval(() => this.#send(), EVERY_MS);
    addEventListener("storage", ({ key, newValue }) => {
      if (newValue === null) outbox.drop(key?.split(":").at(-1));
    });
    this.#send();
    this.#warnOnLeaving();
  }

  #next(held) {
    return unsent.all.find((item) => {
      const { key, by, at, room, isRefused } = item;
      const isDue = Date.now() - Date.parse(at) > SENDING_MS && isKnown(item);
      const isOurs = by && by === page.authorId && !this.#outbox.find(key);
      return isDue && isOurs && !isRefused && !this.#refused.has(key) && !held.has(room);
    });
  }

  async #send() {
    if (this.#isSending) return;
    this.#isSending = true;
    await deliver({
      next: (held) => this.#next(held),
      send: (item) => post(callOf("", item.room), fieldsOf(item), { key: item.key }),
      forget: (item) => unsent.forget(item),
      // The page of its room says why.
      refuse: ({ key }) => this.#refused.add(key),
    });
    this.#isSending = false;
  }

  // What is left waits for the next visit. A page of the same server goes on by itself.
  #warnOnLeaving() {
    let stays = false;
    globalThis.navigation?.addEventListener("navigate", ({ destination }) => {
      stays = new URL(destination.url).origin === location.origin;
      setTimeout(() => (stays = false), LEAVING_MS);
    });
    addEventListener("beforeunload", (event) => {
      if (this.#outbox.isWaiting && !stays) event.preventDefault();
    });
  }
}
