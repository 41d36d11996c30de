// Where the reader is in the log: stuck to the newest, or reading above it.
import { find } from "../page.js";

const NEAR_PX = 100;
const MARGIN_PX = 40;

export class Scroll extends EventTarget {
  #box = find("scroll");
  #later = find("later");
  #isStuck = true;

  constructor(list) {
    super();
    this.#box.addEventListener("scroll", () => this.#look(), { passive: true });
    // Late fonts, the keyboard of a phone, a growing composer: the end stays in view.
    const observer = new ResizeObserver(() => this.#isStuck && this.toEnd());
    // With what stands above the list: the lines at the beginning of a room come with the script.
    observer.observe(list.parentElement);
    observer.observe(this.#box);
  }

  get box() {
    return this.#box;
  }
  get isStuck() {
    return this.#isStuck;
  }

  toEnd() {
    this.#isStuck = true;
    this.#box.scrollTop = this.#box.scrollHeight;
  }

  // scrollIntoView would scroll the document too, which has no way back.
  toRow(row, block = "center") {
    const box = this.#box.getBoundingClientRect();
    const { top, height } = row.getBoundingClientRect();
    const free = Math.max(0, box.height - height);
    const margin = block === "center" ? free / 2 : Math.min(free, MARGIN_PX);
    this.#box.scrollTop += top - box.top - margin;
    this.#look();
  }

  /** Changes the log above or below the reader without moving what is being read. */
  keeping(change, { isLoose = false } = {}) {
    if (this.#isStuck && !isLoose) {
      const result = change();
      this.toEnd();
      return result;
    }
    this.#isStuck = false;
    const anchor = this.#firstVisible();
    const before = anchor?.getBoundingClientRect().top;
    const result = change();
    if (anchor?.isConnected) this.#box.scrollTop += anchor.getBoundingClientRect().top - before;
    this.#look();
    return result;
  }

  #firstVisible() {
    const top = this.#box.getBoundingClientRect().top;
    const rows = this.#box.querySelectorAll(".message");
    return [...rows].find((row) => row.getBoundingClientRect().bottom > top) ?? null;
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#box;
    // The end of a page of history is not the newest.
    const isStuck = this.#later.hidden && scrollHeight - scrollTop - clientHeight <= NEAR_PX;
    if (isStuck === this.#isStuck) return;
    this.#isStuck = isStuck;
    this.dispatchEvent(new Event(isStuck ? "stuck" : "loose"));
  }
}
