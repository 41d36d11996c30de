// Which rooms are open in this browser, and which of them are being looked at: a tab holds a lock
// for as long as it is open, and another while it has the focus.
//
// Where there are no locks (plain HTTP beyond this machine), a tab knows only of itself.
import { page } from "../page.js";

const nameOf = (what, room) => `sse-chat:${what}:${page.root}:${room}`;

export class Watched {
  #release = null;

  constructor() {
    if (!navigator.locks) return;
    navigator.locks.request(nameOf("open", page.room), { mode: "shared" }, () => new Promise(() => {}));
    for (const name of ["focus", "blur"]) addEventListener(name, () => this.#look());
    document.addEventListener("visibilitychange", () => this.#look());
    this.#look();
  }

  get isHere() {
    return document.hasFocus() && !document.hidden;
  }

  /** Whether any tab shows this room to someone. */
  async has(room) {
    return this.isHere || isHeld(nameOf("watched", room));
  }

  /** Whether any tab has this room open, seen or not. */
  async isOpen(room) {
    return room === page.room || isHeld(nameOf("open", room));
  }

  #look() {
    if (this.isHere === Boolean(this.#release)) return;
    if (this.#release) this.#release = this.#release();
    else this.#hold();
  }

  // Shared: the focus may reach one tab before another has noticed that it left.
  #hold() {
    const untilLeft = new Promise((resolve) => {
      this.#release = resolve;
    });
    navigator.locks.request(nameOf("watched", page.room), { mode: "shared" }, () => untilLeft);
  }
}

async function isHeld(wanted) {
  if (!navigator.locks) return false;
  const { held } = await navigator.locks.query();
  return held.some(({ name }) => name === wanted);
}
