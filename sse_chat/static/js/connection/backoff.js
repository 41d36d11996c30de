// How long to wait before the next try: full jitter between a growing bound and next to nothing.

const FIRST_MS = 1000;
// Who waits for a network to come back sees it within seconds; only a long absence is asked after
// more seldom.
const MOST_MS = 10_000;
const LONG_AFTER_TRIES = 15;
const MOST_LONG_MS = 30_000;

export class Backoff {
  #tries = 0;

  next() {
    const mostMs = this.#tries < LONG_AFTER_TRIES ? MOST_MS : MOST_LONG_MS;
    const bound = Math.min(FIRST_MS * 2 ** this.#tries, mostMs);
    this.#tries += 1;
    return Math.max(100, Math.random() * bound);
  }

  reset() {
    this.#tries = 0;
  }
}
