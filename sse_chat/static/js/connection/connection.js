// Connection: the one object that owns a room's feed: its step, its state, its cursor.
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
import { Position } from "./position.js";
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

export class Connection extends EventTarget {
  #address;
  #timing;
  #position;
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
  #state = "";
  #hasMadeRoom = false;
  #stopping = new AbortController();

  constructor({ root, room, cursor, timing = {} }) {
    super();
    this.#address = new Address(root, room);
    this.#timing = { ...TIMING, ...timing };
    this.#position = new Position(cursor);
    this.#proven = recallStep()?.step;
    this.#step = this.#proven ?? 1;
    this.#looks = new Looks(this.#address, this.#timing, {
      cursor: () => this.cursor,
      page: (page) => this.#takePage(page),
      looking: () => this.#state === "live" && this.#say("connecting"),
    });
    const owner = {
      address: this.#address,
      cursor: () => this.cursor,
      step: () => this.#step,
      found: (step) => this.#climbTo(step),
    };
    this.#upgrade = new Upgrade(STEPS, owner, this.#timing);
  }

  get cursor() {
    return this.#position.cursor;
  }

  start() {
    const { signal } = this.#stopping;
    document.addEventListener("visibilitychange", () => this.#wake(), { signal });
    addEventListener("pageshow", () => this.#wake(), { signal });
    addEventListener("online", () => this.#wake(), { signal });
    this.#upgrade.start();
    this.#say("connecting");
    this.#open();
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
    if (this.#state === "offline") return;
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
    this.#tailCheck = new TailCheck({
      look: () => this.#looks.now(),
      cursor: () => this.cursor,
      held: () => this.#isTailHeld(),
    });
    this.#looks.begin(this.#timing.lookAfterMs);
    this.#trial = new Trial(STEPS[this.#step - 1], this.#address, this.cursor, {
      owner: {
        hello: (trial) => this.#hello(trial),
        event: (event, trial) => this.#receive(event, trial),
        holds: () => this.#holds(),
        ended: (trial, problem) => this.#ended(trial, problem),
      },
      timing: this.#timing,
      rttMs: () => this.#looks.rttMs,
    });
  }

  #hello(trial) {
    this.#heard();
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
    this.#say(this.#step === LAST ? "polling" : "live");
  }

  #receive(event, trial) {
    this.#heard();
    if (event.kind === "bye") this.#leave(trial, event);
    else this.#take(event);
    if (event.id && trial.holds && this.#step < LAST) this.#tailCheck.brought(event.id);
  }

  #isTailHeld() {
    this.#trial.close();
    this.#fail(true);
  }

  #heard() {
    this.#heardAt = Date.now();
    this.#strangers = 0;
  }

  #take(event) {
    const news = this.#position.accept(event);
    if (!news) return;
    const told = new CustomEvent(news.name, { detail: news.detail });
    told.before = news.before;
    this.dispatchEvent(told);
  }

  #takePage(page) {
    this.#strangers = 0;
    eventsOf(page).forEach((event) => this.#take(event));
  }

  // The server asks us to come back: the path is fine.
  #leave(trial, { reason, retry_ms: retryInMs }) {
    trial.close();
    this.#tailCheck.close();
    this.#looks.stop();
    if (reason === "revoked") this.#say("offline", { retryInMs, reason });
    else if (reason === "busy") this.#say("offline", { retryInMs });
    this.#openIn(retryInMs);
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

  #goOffline(problem) {
    this.#looks.stop();
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
    if (!isSilent && this.#state !== "offline") return;
    this.#looks.now();
    this.#open();
    this.#upgrade.now();
  }

  #climbTo(step) {
    this.#step = this.#proven = step;
    this.#failures = 0;
    this.#open();
  }

  #say(state, { retryInMs = null, reason = null } = {}) {
    this.#state = state;
    const detail = { state, step: this.#step, retryInMs, reason };
    detail.text = words(detail);
    this.dispatchEvent(new CustomEvent("state", { detail }));
  }
}
