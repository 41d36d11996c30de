// What the feed brings: gathered for one frame, shown, counted when the reader is elsewhere, and
// spoken to those who listen instead of looking.
import { find, page } from "../page.js";
import { textOf } from "./row.js";

const SPOKEN_AT_ONCE = 3;
const FRAME_MS = 100;
const MAX_WAITING = 1000;
const MUTED = "muted-author";

export class Arrivals extends EventTarget {
  #log;
  #scroll;
  #history;
  #waiting = [];
  #frame;
  #timer;
  #isNewestOwed = false;
  #unseen = 0;
  #button = find("newer");
  #announcer = find("announcer");

  constructor(log, scroll, history) {
    super();
    this.#log = log;
    this.#scroll = scroll;
    this.#history = history;
    this.#button.addEventListener("click", () => this.toNewest());
    scroll.addEventListener("stuck", () => log.attached && this.#seen());
    history.addEventListener("detached", () => this.#showButton());
    scroll.addEventListener("loose", () => this.#showButton());
  }

  add(entry) {
    this.#waiting.push(entry);
    if (this.#waiting.length >= MAX_WAITING) this.#flush();
    else if (this.#waiting.length === 1) this.#flushSoon();
  }

  /** Shows the newest; where that cannot be had yet, `retry` does it later. */
  async toNewest() {
    this.#isNewestOwed = !this.#log.attached && !(await this.#history.reload());
    if (this.#isNewestOwed) return;
    this.#scroll.toEnd();
    this.#seen();
    // Loaded anew, the page stays here, and not where a link once led.
    if (location.search) window.history.replaceState(null, "", location.pathname);
  }

  retry() {
    if (this.#isNewestOwed) this.toNewest();
  }

  // In the next frame; but a hidden page gets none, and one may be hidden before its frame comes.
  #flushSoon() {
    this.#frame = requestAnimationFrame(() => this.#flush());
    this.#timer = setTimeout(() => this.#flush(), FRAME_MS);
  }

  async #flush() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    const entries = this.#waiting;
    this.#waiting = [];
    const rows = this.#scroll.keeping(() => this.#show(entries));
    await null; // By then the rows of who is muted are marked.
    const added = rows.filter((row) => !row?.classList.contains(MUTED));
    if (!added.length) return;
    if (!this.#scroll.isStuck || !this.#log.attached) this.#unseen += added.length;
    this.#showButton();
    this.#speak(added.filter(Boolean));
    const heard = entries.filter(({ id }) => !this.#log.row(id)?.classList.contains(MUTED));
    this.dispatchEvent(new CustomEvent("shown", { detail: heard }));
  }

  #show(entries) {
    const added = this.#log.receive(entries);
    if (this.#scroll.isStuck && this.#log.trim({ fromTop: true })) this.#history.cutTop();
    else if (this.#log.attached && this.#log.trim({ fromTop: false })) this.#history.cutBottom();
    return added;
  }

  #speak(rows) {
    const others = rows.filter((row) => row.dataset.authorId !== page.authorId);
    if (!others.length) return;
    const spoken = others.slice(-SPOKEN_AT_ONCE).map((row) => {
      const line = document.createElement("p");
      line.textContent = `${row.dataset.author}: ${textOf(row)}`;
      return line;
    });
    this.#announcer.replaceChildren(...spoken);
  }

  #seen() {
    this.#unseen = 0;
    this.#showButton();
    this.dispatchEvent(new Event("seen"));
  }

  #showButton() {
    const isAway = !this.#scroll.isStuck || !this.#log.attached;
    this.#button.hidden = !isAway;
    const text = this.#unseen ? `${this.#unseen} new` : "Newest";
    find("newer-text").textContent = text;
  }
}
