// Reading offline: beside the page that the service worker keeps stands what the feed brought since,
// and no way that can't be gone leads away from an open room.
import { isAfter } from "../connection/cursor.js";
import { Kept } from "../kept.js";
import { page } from "../page.js";

const MAX_ENTRIES = 200;
const KEEP_ANEW = 100;
const MAX_CHARACTERS = 300_000;
const WRITE_AFTER_MS = 1000;
const ASK_AGAIN_MS = 60_000;

export class Offline {
  #since = new Kept(`since:${page.root}/${page.room}`);
  #entries = [];
  #askedAt = -Infinity;
  #timer = null;
  #note;

  // `isKept`: the page came by the worker, which has kept it.
  constructor({ connection, log, arrivals, composer }, { isKept }) {
    this.#note = (text) => composer.note(text);
    connection.addEventListener("entry", ({ detail }) => this.#take(detail));
    addEventListener("pagehide", () => this.#write());
    // A new version of the server has files and pages of its own.
    navigator.serviceWorker.addEventListener("controllerchange", () => this.#keepPage());
    document.addEventListener("click", (event) => this.#onClick(event));
    document.addEventListener("submit", (event) => this.#onSubmit(event));
    if (document.body.dataset.kept !== undefined) this.#show(arrivals);
    else {
      this.#write();
      // Nor has the page what was said before this was loaded.
      if (!isKept || isAfter(log.newestSeen, page.cursor)) return void this.#keepPage();
    }
    this.#isReady();
  }

  #show(arrivals) {
    this.#entries = this.#since.read([]).filter(({ id }) => isAfter(id, page.cursor));
    for (const entry of this.#entries) arrivals.add(entry);
  }

  // Full before the page is kept anew: what is left out are the newest, not some between.
  #take(entry) {
    if (this.#entries.length >= MAX_ENTRIES) return;
    if (!this.#entries.some(({ id }) => id === entry.id)) this.#entries.push(entry);
    if (this.#entries.length >= KEEP_ANEW) this.#keepPage();
    this.#timer ??= setTimeout(() => this.#write(), WRITE_AFTER_MS);
  }

  #write() {
    clearTimeout(this.#timer);
    this.#timer = null;
    let size = 0;
    const fitting = (entry) => (size += JSON.stringify(entry).length) <= MAX_CHARACTERS;
    this.#since.write(this.#entries.filter(fitting));
  }

  async #keepPage() {
    const now = performance.now();
    if (now - this.#askedAt < ASK_AGAIN_MS || document.body.dataset.state === "offline") return;
    this.#askedAt = now;
    const count = this.#entries.length;
    const { active } = await navigator.serviceWorker.ready;
    const files = performance.getEntriesByType("resource").map(({ name }) => name);
    const url = location.origin + location.pathname;
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => this.#kept(count);
    // Whoever signs out in another tab ends the worker, too.
    active?.postMessage({ name: "keep", url, files }, [port2]);
  }

  // The page has the first of them by now.
  #kept(count) {
    this.#entries.splice(0, count);
    this.#write();
    this.#isReady();
  }

  #isReady() {
    document.body.dataset.offline = "ready";
  }

  #onClick(event) {
    const link = event.target.closest?.("a[href]");
    const isPlain = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && event.button === 0;
    if (link && isPlain && !link.target && link.origin === location.origin) this.#go(event, link.href);
  }

  #onSubmit(event) {
    const { method, elements } = event.target;
    if (method === "get" && !event.defaultPrevented && elements.room) {
      this.#go(event, new URL(`../chat/${elements.room.value}`, document.baseURI).href);
    }
  }

  async #go(event, href) {
    if (document.body.dataset.state !== "offline") return;
    event.preventDefault();
    const { origin, pathname, hash } = new URL(href);
    if (await caches.match(origin + pathname)) location.assign(origin + pathname + hash);
    else this.#note("You’re offline, and this page was not open here before.");
  }
}
