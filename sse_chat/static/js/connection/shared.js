// What a tab hears of its room. One of a browser's tabs reads for all of them, by one feed of all
// their rooms; where tabs cannot tell each other anything, each reads for itself.

import { Connection } from "./connection.js";
import { isAfter } from "./cursor.js";
import { Missed } from "./missed.js";
import { Position } from "./position.js";
import { Tabs } from "./tabs.js";

const NEWS = [
  "entry", "gap", "presence", "typing", "growing", "activity", "muted", "unmuted", "left",
];
const REFUSED_MS = 5000;
const isWell = ({ state }) => state === "live" || state === "polling";

export class SharedConnection extends EventTarget {
  #options;
  #position;
  #missed;
  #tabs = null;
  #connection = null; // of a tab that leads, or reads for itself
  #state = null;
  #isRefused = false;
  #refusedTimer;
  #stopping = new AbortController();

  // `cursor`: what the page shows already. `who`: tabs of different people share nothing.
  constructor({ root, room, cursor, who = "", timing = {} }) {
    super();
    this.#options = { root, room, who, timing };
    this.#position = new Position(cursor);
    this.#missed = new Missed({ root, room }, this.#stopping.signal, {
      cursor: () => this.#position.cursor,
      event: (event) => this.#take(event),
    });
  }

  get isLeader() {
    return this.#connection !== null;
  }

  start() {
    const { signal } = this.#stopping;
    this.#join();
    // A page that is put aside or frozen may not keep the others waiting.
    addEventListener("pagehide", () => this.#leave(), { signal });
    addEventListener("pageshow", () => this.#join(), { signal });
    document.addEventListener("freeze", () => this.#leave(), { signal });
    document.addEventListener("resume", () => this.#join(), { signal });
  }

  stop() {
    this.#stopping.abort();
    this.#leave();
  }

  /** The browser speaks as this person by now. */
  become(who) {
    if (who === this.#options.who) return;
    this.#leave();
    this.#options.who = who;
    this.#join();
  }

  retryNow() {
    this.#tellReader("retryNow");
  }

  makeRoom() {
    this.#tellReader("makeRoom");
  }

  endRoom() {
    this.#tellReader("endRoom");
  }

  #tellReader(name) {
    if (this.#connection) this.#connection[name]();
    else this.#tabs?.say({ name, isForLeader: true });
  }

  #join() {
    if (this.#stopping.signal.aborted || this.#tabs || this.#connection) return;
    this.#isRefused = false;
    if (!globalThis.BroadcastChannel) {
      this.#read();
      return;
    }
    const { root, who } = this.#options;
    this.#tabs = new Tabs(`sse-chat:feed:${root}:${who}`, {
      status: () => this.#connection.status,
      lead: () => this.#lead(),
      follow: () => this.#endReading(),
      hear: (message) => this.#hear(message),
    });
    this.#askForRoom();
  }

  #leave() {
    clearTimeout(this.#refusedTimer);
    this.#tabs?.say({ name: "close", room: this.#options.room, isForLeader: true });
    this.#endReading();
    this.#tabs?.leave();
    this.#tabs = null;
  }

  #askForRoom() {
    const { room } = this.#options;
    this.#tabs.say({ name: "open", room, cursor: this.#position.cursor, isForLeader: true });
  }

  #read() {
    const { root, room, timing } = this.#options;
    this.#connection = new Connection({ root, timing });
    for (const name of NEWS) {
      this.#connection.addEventListener(name, ({ detail, before }) => {
        this.#tabs?.say({ name, detail, before });
        this.#hearNews({ name, detail, before });
      });
    }
    this.#connection.addEventListener("state", ({ detail }) => this.#passState(detail));
    this.#connection.add(room, this.#position.cursor);
    this.#connection.start();
  }

  #endReading() {
    this.#connection?.stop();
    this.#connection = null;
  }

  #lead() {
    this.#read();
    this.#connection.addEventListener("ping", () => this.#tabs.tellAlive());
    // The next feed is for the tabs that are still there: they ask anew.
    this.#connection.addEventListener("ended", () => {
      const others = this.#connection.status.rooms.filter((room) => room !== this.#options.room);
      for (const room of others) this.#connection.remove(room);
      this.#tabs.tellAlive();
    });
  }

  #passState(state) {
    if (this.#isRefused && isWell(state)) {
      this.#leave();
      this.#join();
      return;
    }
    this.#showState(state);
    this.#tabs?.tellAlive();
  }

  #hear(message) {
    const { name, room, cursor } = message;
    if (name === "alive") this.#hearStatus(message);
    else if (name === "open") this.#add(room, cursor);
    else if (name === "close") this.#remove(room);
    else if (message.isForLeader) this.#connection[name]();
    else this.#hearNews(message);
  }

  #hearStatus({ rooms, cursors, state }) {
    const cursor = new Map(cursors).get(this.#options.room);
    if (!rooms.includes(this.#options.room)) this.#askForRoom();
    else if (cursor) this.#missed.fetchUpTo(cursor);
    if (cursor || !isWell(state)) this.#showState(state);
  }

  #add(room, cursor) {
    if (this.#connection.add(room, cursor)) this.#tabs.tellAlive();
    else this.#tabs.say({ name: "left", detail: { room, reason: "full" } });
  }

  // Another tab of the same room asks for it again.
  #remove(room) {
    if (room === this.#options.room) return;
    this.#connection.remove(room);
    this.#tabs.tellAlive();
  }

  #hearNews({ name, detail, before }) {
    if (detail.room !== this.#options.room) this.#hearOfRoom(name, detail);
    else if (name === "entry") this.#takeEntry(detail, before);
    else if (name === "gap") this.#take({ ...detail, kind: "gap" });
    else if (name === "left") this.#readAlone(detail);
    else if (name !== "activity") this.#tell(name, detail);
  }

  // What the feed brings for another tab is activity for this one.
  #hearOfRoom(name, detail) {
    if (name === "activity") this.#tell(name, detail);
    if (name !== "entry" || detail.kind !== "message") return;
    const { room, id, dm, author_id: author, mentions = [] } = detail;
    // Of two people, each message is for the other one.
    const named = dm && author !== this.#options.who ? [...mentions, this.#options.who] : mentions;
    this.#tell("activity", { room, last_id: id, mentions: named });
  }

  #takeEntry(entry, before) {
    if (isAfter(before, this.#position.cursor)) this.#missed.fetchUpTo(entry.id);
    else this.#take(entry);
  }

  #take(event) {
    const news = this.#position.accept(event);
    if (news) this.#tell(news.name, news.detail);
  }

  // A room that is refused is no longer on the feed of all: its tab asks for it, until it may read
  // again.
  #readAlone({ reason, detail }) {
    this.#leave();
    this.#isRefused = reason !== "full";
    if (this.#isRefused) this.#showState({ state: "offline", step: 1, retryInMs: REFUSED_MS, reason, detail });
    this.#refusedTimer = setTimeout(() => this.#read(), this.#isRefused ? REFUSED_MS : 0);
  }

  #showState(state) {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#tell("state", state);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
