// One feed a browser, not a tab: of the tabs of a room, the one that holds the lock reads and
// tells the others.
//
// Where locks or channels are missing (they need a secure context), each tab reads for itself.

import { Connection } from "./connection.js";
import { isAfter } from "./cursor.js";
import { Missed } from "./missed.js";
import { Position } from "./position.js";

const ALIVE_MS = 1500;
const TAKE_OVER_MS = 5000;
const FOR_LEADER = new Set(["retryNow", "makeRoom", "endRoom"]);
const NAMES = ["entry", "gap", "presence", "typing", "growing", "activity", "state"];

export class SharedConnection extends EventTarget {
  #options;
  #name;
  #connection = null;
  #channel = null;
  #position;
  #missed;
  #heardAt = performance.now();
  #lastState = null;
  #timer;
  #stopping = new AbortController();

  // The options of Connection.
  constructor(options) {
    super();
    this.#options = options;
    this.#name = `sse-chat:${options.root}:${options.room}`;
    this.#position = new Position(options.cursor);
    this.#missed = new Missed(options, this.#stopping.signal, {
      cursor: () => this.cursor,
      event: (event) => this.#take(event),
    });
  }

  get cursor() {
    return this.#connection?.cursor ?? this.#position.cursor;
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
    const { signal } = this.#stopping;
    document.addEventListener("visibilitychange", () => this.#check(), { signal });
    this.#queue({});
  }

  stop() {
    this.#stopping.abort();
    clearInterval(this.#timer);
    this.#connection?.stop();
    this.#channel?.close();
  }

  retryNow() {
    this.#tellLeader("retryNow");
  }

  makeRoom() {
    this.#tellLeader("makeRoom");
  }

  endRoom() {
    this.#tellLeader("endRoom");
  }

  #tellLeader(name) {
    if (this.#connection) this.#connection[name]();
    else this.#channel?.postMessage({ name });
  }

  // Waits for the lock; holds it for as long as this tab lives or until another takes it away.
  #queue(how) {
    const { signal } = this.#stopping;
    const untilStopped = () =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        this.#lead();
        signal.addEventListener("abort", resolve);
      });
    navigator.locks.request(this.#name, how, untilStopped).catch(({ name }) => {
      // Taken away; anything else means that locks do not work here.
      if (name === "AbortError") this.#follow();
      else this.#lead();
    });
  }

  #lead() {
    if (this.#connection || this.#stopping.signal.aborted) return;
    this.#connection = new Connection({ ...this.#options, cursor: this.cursor });
    for (const name of NAMES) {
      this.#connection.addEventListener(name, (event) => this.#pass(name, event));
    }
    this.#connection.start();
  }

  #follow() {
    if (this.#stopping.signal.aborted) return;
    this.#position = new Position(this.cursor);
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
      this.#tellAlive();
    } else if (!document.hidden && performance.now() - this.#heardAt > TAKE_OVER_MS) {
      // The leader's tab sleeps or hangs. Hidden tabs have slow clocks, and can wait.
      this.#heardAt = performance.now();
      this.#queue({ steal: true });
    }
  }

  // The cursor shows the others what they have missed.
  #tellAlive() {
    this.#channel.postMessage({ name: "alive", cursor: this.cursor });
  }

  #hear({ name, detail, before, cursor }) {
    if (name === "who" || FOR_LEADER.has(name)) {
      this.#answer(name);
      return;
    }
    // Two may lead for a moment: the one that lost the lock is about to be told.
    if (this.#connection) return;
    this.#heardAt = performance.now();
    if (name === "alive") this.#missed.fetchUpTo(cursor);
    else if (name === "entry") this.#takeEntry(detail, before);
    else if (name === "gap") this.#take({ ...detail, kind: "gap" });
    else this.#tell(name, detail);
  }

  #answer(name) {
    if (!this.#connection) return;
    if (FOR_LEADER.has(name)) this.#connection[name]();
    else {
      this.#channel.postMessage({ name: "state", detail: this.#lastState });
      this.#tellAlive();
    }
  }

  #takeEntry(entry, before) {
    if (isAfter(before, this.cursor)) this.#missed.fetchUpTo(entry.id);
    else this.#take(entry);
  }

  #take(event) {
    const news = this.#position.accept(event);
    if (news) this.#tell(news.name, news.detail);
  }

  #tell(name, detail) {
    if (name === "state") this.#lastState = detail;
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
