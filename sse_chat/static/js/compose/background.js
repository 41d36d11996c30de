// Hands what has not arrived to the service worker, in browsers that let it send when no page is open.
import { page, roomPath } from "../page.js";
import { unsent } from "./unsent.js";
import { Waiting } from "./waiting.js";

// So long nearly every message takes at most.
const SLOW_MS = 1000;
const isReady = ({ by, isRefused }) => by && !isRefused;

export class Background {
  #outbox;
  #waiting = new Waiting(`${page.root}/`);
  #registration = null;

  constructor(outbox) {
    this.#outbox = outbox;
    unsent.follower = this;
    addEventListener("beforeunload", () => this.#ask());
    document.addEventListener("visibilitychange", () => document.hidden && this.#ask());
    this.#begin();
  }

  async #begin() {
    this.#registration = await navigator.serviceWorker.ready;
    const kept = await this.#waiting.all().catch(() => []);
    for (const item of kept.filter(({ isSent }) => isSent)) {
      this.#outbox.drop(item.key);
      unsent.forget(item);
    }
    const { all } = unsent;
    const isOurs = ({ key }) => all.some((each) => each.key === key);
    for (const item of kept) if (!isOurs(item)) this.forget(item);
    for (const item of all) this.keep(item);
  }

  keep(item) {
    if (!isReady(item)) return this.forget(item);
    this.#waiting.put({ ...item, path: roomPath("", item.room) }).catch(() => {});
    setTimeout(() => this.#ask(), SLOW_MS);
  }

  forget({ key }) {
    this.#waiting.delete(key).catch(() => {});
  }

  // A browser that is online lets it send at once: only what is slow to arrive is asked for.
  #ask() {
    if (unsent.all.some(isReady)) this.#registration?.sync.register("outbox").catch(() => {});
  }
}
