// One feed a browser, not a tab: the tab that holds the lock reads and tells the others.
//
// Where locks or channels are missing (they need a secure context), each tab reads for itself.

import { Connection } from "./connection.js";
import { isAfter } from "./cursor.js";
import { Address } from "./address.js";
import { eventsOf, poll } from "./poll.js";

const ALIVE_MS = 1500;
const TAKE_OVER_MS = 5000;
const NAMES = ["entry", "gap", "presence", "typing", "activity", "state"];

export class SharedConnection extends EventTarget {
  #options;
  #name;
  #connection = null;
  #channel = null;
  #cursor;
  #heardAt = performance.now();
  #lastState = null;
  #timer;
  #stopping = new AbortController();

  constructor(options) {
    super();
    this.#options = options;
    this.#name = `sse-chat:${options.root}:${options.room}`;
    this.#cursor = options.cursor;
  }

  get cursor() {
    return this.#connection?.cursor ?? this.#cursor;
  }

  get isLeader() {
    return this.#connection !== null;
  }

  start() {
    if (!navigator.locks || !globalThis.BroadcastChannel) {
      this.#lead();
      return;
    }
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#channel.postMessage({ name: "who" });
    this.#timer = setInterval(() => this.#check(), ALIVE_MS);
    this.#queue({});
  }

  stop() {
    this.#stopping.abort();
    clearInterval(this.#timer);
    this.#connection?.stop();
    this.#channel?.close();
  }

  retryNow() {
    if (this.#connection) this.#connection.retryNow();
    else this.#channel?.postMessage({ name: "retry" });
  }

  // Waits for the lock; holds it for as long as this tab lives or until another takes it away.
  #queue(how) {
    const untilStopped = () =>
      new Promise((resolve) => {
        this.#lead();
        this.#stopping.signal.addEventListener("abort", resolve);
      });
    navigator.locks.request(this.#name, how, untilStopped).catch(() => this.#follow());
  }

  #lead() {
    if (this.#connection) return;
    this.#connection = new Connection({ ...this.#options, cursor: this.#cursor });
    for (const name of NAMES) {
      this.#connection.addEventListener(name, (event) => this.#pass(name, event));
    }
    this.#connection.start();
  }

  #follow() {
    if (this.#stopping.signal.aborted) return;
    this.#cursor = this.cursor;
    this.#connection?.stop();
    this.#connection = null;
    this.#heardAt = performance.now();
    this.#queue({});
  }

  #pass(name, { detail, before }) {
    if (name === "state") this.#lastState = detail;
    this.#channel?.postMessage({ name, detail, before });
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #check() {
    if (this.#connection) {
      this.#channel.postMessage({ name: "alive" });
    } else if (performance.now() - this.#heardAt > TAKE_OVER_MS) {
      // The leader's tab sleeps or hangs.
      this.#heardAt = performance.now();
      this.#queue({ steal: true });
    }
  }

  #hear({ name, detail, before, cursor }) {
    if (this.#connection) {
      if (name === "who" && this.#lastState) {
        this.#channel.postMessage({ name: "state", detail: this.#lastState, cursor: this.cursor });
      } else if (name === "retry") this.#connection.retryNow();
      return;
    }
    if (name === "who" || name === "retry") return;
    this.#heardAt = performance.now();
    if (cursor && isAfter(cursor, this.#cursor)) this.#fill();
    if (name === "entry") this.#takeEntry(detail, before);
    else if (name !== "alive") this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #takeEntry(entry, before) {
    if (isAfter(before, this.#cursor)) this.#fill();
    else this.#take(entry);
  }

  // What this tab was not told of.
  async #fill() {
    const { root, room } = this.#options;
    const page = await poll(new Address(root, room), this.#cursor, {
      waitS: 0,
      timeoutMs: 10_000,
      signal: this.#stopping.signal,
    }).catch(() => null);
    eventsOf(page ?? { events: [] })
      .filter((event) => event.kind !== "gap")
      .forEach((entry) => this.#take(entry));
  }

  #take(entry) {
    if (!isAfter(entry.id, this.#cursor)) return;
    this.#cursor = entry.id;
    this.dispatchEvent(new CustomEvent("entry", { detail: entry }));
  }
}
