// The state of the connection: quietly in the header, and in a strip when it has been away a while.
import { find } from "../page.js";

const AWAY_MS = 5000;
const TICK_MS = 1000;
const NAMES = {
  live: { 2: "Live (through a proxy)" },
};
const OTHERWISE = {
  live: "Live",
  polling: "Live (polling)",
  connecting: "Connecting…",
  offline: "Offline",
};
const LOOKING = "Finding the best connection. Messages may be slightly delayed.";
const REASONS = {
  portal: "Something on your network is answering instead of the server. Does this Wi-Fi need a sign-in?",
  "proxy-auth": "Your proxy needs you to sign in.",
  "sign-in": "Sign in to keep reading.",
  revoked: "You can no longer read this room.",
  forbidden: "You don’t have access to this room.",
};

export class Strip {
  #strip = find("strip");
  #text = find("strip-text");
  #label = find("connection-text");
  #awaySince = null;
  #retryAt = null;
  #state = "connecting";
  #reason = null;
  #why = null;
  #isLasting = false;
  #timer = null;

  constructor(connection) {
    connection.addEventListener("state", ({ detail }) => this.#onState(detail));
    // A feed may seem open for minutes after the network is gone; a server on this very machine
    // may be there without one. So it is said, and tried.
    addEventListener("offline", () => {
      this.#onState({ state: "offline", step: 1, retryInMs: null });
      connection.retryNow();
    });
    addEventListener("online", () => connection.retryNow());
    find("retry-now").addEventListener("click", () => connection.retryNow());
    this.#show("connecting", 1);
  }

  /** Why, in more words than the connection has; `isLasting`: also while the connection is well. "" for
   *  no longer. */
  explain(why, { isLasting = false } = {}) {
    this.#why = why;
    this.#isLasting = isLasting;
    this.#text.textContent = why;
    this.#strip.hidden = !why;
  }

  #onState({ state, step, retryInMs, reason = null }) {
    this.#show(state, step);
    const isWell = state === "live" || state === "polling";
    if (isWell) {
      this.#awaySince = null;
      this.#strip.hidden = !this.#isLasting;
      if (this.#isLasting) this.#text.textContent = this.#why;
      else this.#why = null;
      clearInterval(this.#timer);
      this.#timer = null;
      return;
    }
    this.#state = state;
    this.#awaySince ??= performance.now();
    this.#reason = reason ?? (state === "offline" ? null : this.#reason);
    this.#retryAt = retryInMs === null ? null : performance.now() + retryInMs;
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  #show(state, step) {
    const { dataset } = document.body;
    dataset.state = state;
    dataset.step = step;
    this.#label.textContent = NAMES[state]?.[step] ?? OTHERWISE[state];
  }

  #tick() {
    const awayMs = performance.now() - this.#awaySince;
    if (awayMs < AWAY_MS && !this.#reason) return;
    const s = this.#retryAt && Math.ceil((this.#retryAt - performance.now()) / 1000);
    const soon = navigator.onLine ? "Trying again…" : "It will reconnect by itself.";
    const when = s > 0 ? `Trying again in ${s} s.` : soon;
    // While a way through is looked for, questions from time to time bring what there is.
    const isLooking = this.#state === "connecting" && !this.#reason;
    const what = this.#why ?? REASONS[this.#reason] ?? "You’re offline. You can keep writing.";
    this.#text.textContent = isLooking ? LOOKING : `${what} ${when}`;
    this.#strip.hidden = false;
  }
}
