// Which rooms are being looked at in this browser: a tab that has the focus holds a lock.
//
// Where there are no locks (plain HTTP beyond this machine), a tab knows only of itself.
import { page } from "../page.js";

const nameOf = (room) => `sse-chat:watched:${page.root}:${room}`;

export class Watched {
  #release = null;

  constructor() {
    if (!navigator.locks) return;
    for (const name of ["focus", "blur"]) addEventListener(name, () => this.#look());
    document.addEventListener("visibilitychange", () => this.#look());
    this.#look();
  }

  get isHere() {
    return document.hasFocus() && !document.hidden;
  }

  /** Whether any tab shows this room to someone. */
  async has(room) {
    if (this.isHere) return true;
    if (!navigator.locks) return false;
    const { held } = await navigator.locks.query();
    return held.some(({ name }) => name === nameOf(room));
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
    navigator.locks.request(nameOf(page.room), { mode: "shared" }, () => untilLeft);
  }
}
