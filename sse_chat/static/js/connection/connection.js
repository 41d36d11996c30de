// Connection: the one object that owns a feed of rooms: its step, its state, its cursors.
//
// EventSource, else ndjson by POST, else long-poll; whatever the step, each entry once, in order.

import { Address } from "./address.js";
import { Backoff } from "./backoff.js";
import { EventSourceStep } from "./event-source-step.js";
import { Looks } from "./looks.js";
import { recallStep, rememberStep } from "./memory.js";
import { NdjsonStep } from "./ndjson-step.js";
import { eventsOf } from "./poll.js";
import { PollStep } from "./poll-step.js";
import { Positions } from "./positions.js";
import { TailCheck } from "./tail-check.js";
import { TIMING } from "./timing.js";
import { Trial } from "./trial.js";
import { Upgrade } from "./upgrade.js";
import { words } from "./words.js";

const STEPS = [EventSourceStep, NdjsonStep, PollStep];
const LAST = STEPS.length;
const MAX_FAILURES = 2;
const PORTAL_AFTER = 3;
const SLOWLY_MS = 8000; // nothing changes before somebody does something
const ROOM_MS = 2000;
const REVOKED_MS = 2000;
// Tabs that open together change the feed once.
const GATHER_MS = 50;

export class Connection extends EventTarget {
  #address;
  #timing;
  #positions = new Positions();
  #step;
  #proven; // the step that held last
  #trial = null;
  #tailCheck = null;
  #looks;
  #upgrade;
  #failures = 0;
  #strangers = 0; // answers in a row that were not ours
  #backoff = new Backoff();
  #retryTimer;
  #heardAt = Date.now();
  #state = null; // as it was told last
  #hasMadeRoom = false;
  #notBefore = 0; // the server asked to come back later
  #stopping = new AbortController();

  constructor({ root, timing = {} }) {
    super();
    this.#address = new Address(root);
    this.#timing = { ...TIMING, ...timing };
    this.#proven = recallStep()?.step;
    this.#step = this.#proven ?? 1;
    this.#looks = new Looks(this.#address, this.#timing, {
      cursors: () => this.#positions.cursors,
      page: (page, cursors) => this.#takePage(page, cursors),
      looking: () => this.#state.state === "live" && this.#say("connecting"),
    });
    this.#upgrade = new Upgrade(STEPS, this.#timing, {
      address: this.#address,
      cursors: () => this.#positions.cursors,
      step: () => this.#step,
      found: (step) => this.#climbTo(step),
    });
  }

  /** {rooms, cursors, state}: `cursors` is [room, id] of each that the feed brings by now. */
  get status() {
    const { rooms, fed } = this.#positions;
    return { rooms, cursors: fed, state: this.#state };
  }

  /** Reads this room, too, after `cursor`; false when there are too many. */
  add(room, cursor) {
    if (this.#positions.has(room)) return true;
    if (this.#positions.isFull) return false;
    this.#positions.add(room, cursor);
    if (this.#state) this.#openIn(Math.max(GATHER_MS, this.#notBefore - performance.now()));
    return true;
  }

  /** What still comes of it is let go; the next feed is without it. */
  remove(room) {
    this.#positions.remove(room);
  }

  start() {
    const { signal } = this.#stopping;
    document.addEventListener("visibilitychange", () => this.#wake(), { signal });
    addEventListener("pageshow", () => this.#wake(), { signal });
    addEventListener("online", () => this.#wake(), { signal });
    this.#upgrade.start();
    this.#say("connecting");
    this.#openIn(GATHER_MS);
  }

  stop() {
    this.#stopping.abort();
    clearTimeout(this.#retryTimer);
    this.#looks.close();
    this.#upgrade.stop();
    this.#tailCheck?.close();
    this.#trial?.close();
  }

  retryNow() {
    this.#open();
  }

  /** Lets the feed go for a moment: where a path serves one request at a time, others wait for it. */
  makeRoom() {
    if (this.#state.state === "offline") return;
    this.#looks.stop();
    this.#tailCheck?.close();
    this.#trial?.close();
    this.#hasMadeRoom = true;
    this.#openIn(ROOM_MS);
  }

  endRoom() {
    if (this.#hasMadeRoom) this.#open();
  }

  #open() {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#retryTimer);
    this.#hasMadeRoom = false;
    this.#trial?.close();
    this.#tailCheck?.close();
    const { cursors } = this.#positions;
    this.#tailCheck = new TailCheck({
      look: () => this.#looks.now(),
      cursors: () => this.#positions.cursors,
      held: () => this.#fail(true),
    });
    this.#looks.begin(this.#timing.lookAfterMs);
    this.#trial = new Trial(STEPS[this.#step - 1], this.#address, cursors, {
      owner: {
        hello: (trial) => this.#hello(trial, cursors),
        event: (event, trial) => this.#receive(event, trial),
        holds: () => this.#holds(),
        ended: (trial, problem) => this.#ended(trial, problem),
      },
      timing: this.#timing,
      rttMs: () => this.#looks.rttMs,
    });
  }

  #hello(trial, cursors) {
    this.#heard();
    this.#positions.begin(cursors);
    if (this.#step === LAST) trial.hold();
    else {
      // Looks go on beside it, unless the second event comes in time.
      this.#looks.beginAnew(this.#timing.lookAfterMs + this.#timing.laterMs);
      if (this.#step === this.#proven) this.#say("live");
    }
  }

  #holds() {
    this.#looks.stop();
    this.#backoff.reset();
    this.#proven = this.#step;
    rememberStep(this.#step);
    if (this.#step < LAST) this.#tailCheck.begin();
    this.#say(this.#step === LAST ? "polling" : "live");
  }

  #receive(event, trial) {
    this.#heard();
    if (event.kind === "ping") this.#tell("ping");
    if (event.kind === "bye") this.#leave(event);
    else if (event.kind === "left") this.#lose(event);
    else this.#tellAll(this.#positions.accept(event));
    if (event.id && this.#step < LAST) this.#tailCheck.brought(event);
  }

  #heard() {
    this.#heardAt = Date.now();
    this.#strangers = 0;
  }

  #takePage(page, cursors) {
    this.#strangers = 0;
    this.#tellAll(this.#positions.acceptPage(eventsOf(page), cursors));
  }

  #tellAll(news) {
    for (const { name, detail, before } of news) this.#tell(name, detail, before);
  }

  #tell(name, detail, before) {
    const told = new CustomEvent(name, { detail });
    told.before = before;
    this.dispatchEvent(told);
  }

  // The others go on; the last one is asked for again.
  #lose({ room, reason, detail }) {
    if (!this.#positions.has(room)) return;
    if (this.#positions.rooms.length === 1) this.#leave({ reason, detail, retry_ms: REVOKED_MS });
    else {
      this.remove(room);
      this.#tell("left", { room, reason, detail });
    }
  }

  // The server asks us to come back: the path is fine.
  #leave({ reason, detail, retry_ms: retryInMs }) {
    this.#trial.close();
    this.#tailCheck.close();
    this.#looks.stop();
    if (reason === "revoked") this.#say("offline", { retryInMs, reason, detail });
    else if (reason === "busy") this.#say("offline", { retryInMs });
    this.#notBefore = performance.now() + retryInMs;
    this.#openIn(retryInMs);
    this.#tell("ended");
  }

  async #ended(trial, problem) {
    this.#tailCheck.close();
    if (trial.holds && trial.lifeMs > this.#timing.shortLifeMs) {
      // It had proved itself: this is a cut, not a failure of the step.
      this.#failures = 0;
      this.#openIn(50 + Math.random() * 450);
      return;
    }
    // A server that starts takes connections before it answers anything.
    const isProof = trial.isSilent && this.#looks.answeredAt > trial.openedAt;
    const isPathWell = this.#step < LAST && (await this.#looks.now());
    if (trial !== this.#trial || this.#stopping.signal.aborted) return;
    if (isPathWell) this.#fail(isProof);
    else this.#goOffline(this.#step === LAST ? problem : this.#looks.problem);
  }

  // Plain questions are answered, the feed is not. That it was silent while they were answered is
  // proof; other ends may be chance.
  #fail(isProof) {
    this.#trial.close();
    this.#failures += isProof ? MAX_FAILURES : 1;
    if (this.#failures < MAX_FAILURES) {
      this.#looks.begin(0);
      this.#openIn(this.#backoff.next());
      return;
    }
    this.#failures = 0;
    this.#step += 1;
    this.#open();
  }

  async #goOffline(problem) {
    this.#looks.stop();
    // One room that is refused refuses all.
    const isOneOfMany = problem?.reason === "forbidden" && this.#positions.rooms.length > 1;
    const refused = isOneOfMany ? await this.#looks.findRefused() : [];
    for (const room of refused) this.#lose({ room, reason: "forbidden" });
    if (refused.length) return this.#openIn(this.#backoff.next());
    const isPortal = problem?.reason === "portal";
    this.#strangers = isPortal ? this.#strangers + 1 : 0;
    const reason = isPortal && this.#strangers < PORTAL_AFTER ? null : (problem?.reason ?? null);
    const leastMs = Math.max(problem?.retryMs ?? 0, reason ? SLOWLY_MS : 0);
    const retryInMs = Math.max(this.#backoff.next(), leastMs);
    this.#say("offline", { retryInMs, reason });
    this.#openIn(retryInMs);
  }

  #openIn(ms) {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#open(), ms);
  }

  // After a sleep the network may be another one.
  #wake() {
    if (document.visibilityState === "hidden") return;
    const isSilent = Date.now() - this.#heardAt > this.#timing.wakeAfterMs;
    if (!isSilent && this.#state.state !== "offline") return;
    this.#looks.now();
    this.#open();
    this.#upgrade.now();
  }

  #climbTo(step) {
    this.#step = this.#proven = step;
    this.#failures = 0;
    this.#open();
  }

  #say(state, { retryInMs = null, reason = null, detail = "" } = {}) {
    const told = { state, step: this.#step, retryInMs, reason, detail, at: Date.now() };
    this.#state = { ...told, text: words(told) };
    this.#tell("state", this.#state);
  }
}
