// What the feed brings while a page of history is under way. The server may have read the page
// before it: the changes are made to the page's rows, and the arrivals follow its last row.
import { KINDS } from "./kinds.js";

const MAX_CHANGES = 500;
const MAX_ARRIVALS = 300;

export class Underway {
  #changes = new Map(); // target -> its changes, oldest first
  #changeCount = 0;
  #arrivals = [];
  #isContiguous = true;

  /** `generation`: of the log that asked. */
  constructor(generation) {
    this.generation = generation;
  }

  noteChange(entry) {
    const kept = this.#changes.get(entry.target) ?? [];
    const left = kept.filter((each) => !KINDS[entry.kind].replaces?.(each));
    this.#changes.set(entry.target, [...left, entry]);
    this.#changeCount += left.length + 1 - kept.length;
  }

  noteArrival(entry) {
    if (this.#arrivals.length < MAX_ARRIVALS) this.#arrivals.push(entry);
    else this.#isContiguous = false;
  }

  /** Entries are missing here, or the store began anew: the room has to be asked once more. */
  noteGap() {
    this.#isContiguous = false;
  }

  get changes() {
    return [...this.#changes.values()].flat();
  }
  /** Whether the changes are all there; else the page is of no use. */
  get isComplete() {
    return this.#changeCount <= MAX_CHANGES;
  }
  /** What follows the room's newest page, or null when that is not known. */
  get arrivals() {
    return this.#isContiguous ? this.#arrivals : null;
  }
}
