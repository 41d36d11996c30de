// How long to wait before the next try: full jitter between a growing bound and next to nothing.

const FIRST_MS = 1000;
const MOST_MS = 30_000;

export class Backoff {
  #tries = 0;

  next() {
    const bound = Math.min(FIRST_MS * 2 ** this.#tries, MOST_MS);
    this.#tries += 1;
    return Math.max(100, Math.random() * bound);
  }

  reset() {
    this.#tries = 0;
  }
}
