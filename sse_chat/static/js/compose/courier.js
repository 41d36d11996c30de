// What other pages left unsent, of any room, goes out by whatever page is open, one at a time. A tab
// that shows it sends it, too: by its key it arrives once.
import { post } from "../api.js";
import { callOf, page } from "../page.js";
import { unsent } from "./unsent.js";

const EVERY_MS = 15_000;
// So long a tab may take by itself.
const SENDING_MS = 3000;
// The server knows what has arrived for a day.
const KNOWN_MS = 86_400_000;
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

  get #next() {
    const now = Date.now();
    return unsent.all.find(({ key, by, at, isRefused }) => {
      const ageMs = now - Date.parse(at);
      const isDue = ageMs > SENDING_MS && ageMs < KNOWN_MS && !isRefused && !this.#refused.has(key);
      return isDue && by && by === page.authorId && !this.#outbox.find(key);
    });
  }

  async #send() {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let item = this.#next; item; item = this.#next) {
      const { key, room, text, replyTo } = item;
      const fields = { text, ...(replyTo && { reply_to: replyTo.id }) };
      const answer = await post(callOf("", room), fields, { key });
      if (answer.ok && answer.body?.key === key) unsent.forget(item);
      else if (answer.ok || answer.mayWorkLater) break;
      // The page of its room says why.
      else this.#refused.add(key);
    }
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
