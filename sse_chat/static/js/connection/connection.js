// Connection: the one object that owns a room's feed: its step, its state, its cursor.
//
// EventSource, else ndjson by POST, else long-poll; whatever the step, each entry once, in order.

import { Address } from "./address.js";
import { Backoff } from "./backoff.js";
import { isAfter, START } from "./cursor.js";
import { EventSourceStep } from "./event-source-step.js";
import { recallStep, rememberStep } from "./memory.js";
import { NdjsonStep } from "./ndjson-step.js";
import { eventsOf, poll } from "./poll.js";
import { PollStep } from "./poll-step.js";
import { Problem } from "./problem.js";
import { Trial } from "./trial.js";

export const TIMING = {
  helloMs: 4000, // without hello a step fails, or after 4 round trips, whichever is longer
  secondMs: 4000, // without a second event
  laterMs: 500, // which counts from this long after hello
  silenceMs: 40_000, // without any event
  lookAfterMs: 1500, // polls show what there is while the ladder is climbed
  lookEveryMs: 1000,
  wakeAfterMs: 20_000,
  shortLifeMs: 15_000, // a feed that ends sooner counts as a failure
  rememberMs: 600_000,
};
const STEPS = [EventSourceStep, NdjsonStep, PollStep];
const LAST = STEPS.length;
const MAX_FAILURES = 2;
const PORTAL_AFTER = 3;
const EPHEMERAL = new Set(["presence", "typing", "activity"]);

export class Connection extends EventTarget {
  #address;
  #timing;
  #cursor;
  #step = 1;
  #trial = null;
  #probe = null;
  #failures = 0;
  #strangers = 0; // answers in a row that were not ours
  #backoff = new Backoff();
  #retryTimer;
  #lookTimer;
  #probeTimer;
  #rttMs = 0;
  #heardAt = performance.now();
  #state = "";
  #stopping = new AbortController();

  constructor({ root, room, cursor, timing = {} }) {
    super();
    this.#address = new Address(root, room);
    this.#timing = { ...TIMING, ...timing };
    this.#cursor = cursor || START;
    this.#step = recallStep(this.#timing.rememberMs);
  }

  get cursor() {
    return this.#cursor;
  }

  start() {
    const { signal } = this.#stopping;
    document.addEventListener("visibilitychange", () => this.#wake(), { signal });
    for (const name of ["online", "pageshow"]) {
      addEventListener(name, () => this.#wake(), { signal });
    }
    this.#open();
    this.#probeTimer = setInterval(() => this.#tryFirstStep(), this.#timing.rememberMs);
  }

  stop() {
    this.#stopping.abort();
    for (const timer of [this.#retryTimer, this.#lookTimer]) clearTimeout(timer);
    clearInterval(this.#probeTimer);
    this.#trial?.close();
    this.#probe?.close();
  }

  retryNow() {
    this.#open();
  }

  #open() {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#retryTimer);
    this.#trial?.close();
    this.#lookSoon(this.#timing.lookAfterMs);
    if (this.#state !== "live" && this.#state !== "polling") this.#say("connecting");
    this.#trial = this.#try(this.#step, {
      hello: () => this.#hello(),
      event: (event, trial) => this.#receive(event, trial),
      holds: (trial) => this.#holds(trial),
      ended: (trial, problem) => this.#ended(trial, problem),
    });
  }

  #try(step, owner) {
    const isTrusted = step === LAST || (step > 1 && step === recallStep(this.#timing.rememberMs));
    return new Trial(STEPS[step - 1], this.#address, this.#cursor, {
      owner,
      timing: this.#timing,
      rttMs: this.#rttMs,
      isTrusted,
    });
  }

  #hello() {
    this.#heardAt = performance.now();
    this.#strangers = 0;
    clearTimeout(this.#lookTimer);
  }

  #holds(trial) {
    clearTimeout(this.#lookTimer);
    this.#backoff.reset();
    rememberStep(this.#step);
    this.#say(this.#step === LAST ? "polling" : "live");
    // What lives for a while has proved itself; then a cut is a cut, not a failure of the step.
    setTimeout(() => trial.holds && trial === this.#trial && (this.#failures = 0), this.#timing.shortLifeMs);
  }

  #receive(event, trial) {
    this.#heardAt = performance.now();
    if (event.kind === "bye") this.#leave(trial, event);
    else this.#take(event);
  }

  #take(event) {
    if (event.kind === "gap") {
      // After a reset the ids may be lower than what was read before.
      if (event.reason === "reset") this.#cursor = START;
      this.#tell("gap", event);
    } else if (EPHEMERAL.has(event.kind)) {
      this.#tell(event.kind, event);
    } else if (event.id && event.kind !== "ping" && isAfter(event.id, this.#cursor)) {
      const before = this.#cursor;
      this.#cursor = event.id;
      this.#tell("entry", event, before);
    }
  }

  #tell(name, detail, before = null) {
    const told = new CustomEvent(name, { detail });
    told.before = before;
    this.dispatchEvent(told);
  }

  // The server asks us to come back: the path is fine.
  #leave(trial, { reason, retry_ms: retryMs }) {
    trial.close();
    if (reason === "revoked") this.#say("offline", { retryInMs: retryMs, reason });
    else if (reason === "busy") this.#say("offline", { retryInMs: retryMs });
    this.#lookSoon(retryMs + this.#timing.lookAfterMs);
    this.#retryTimer = setTimeout(() => this.#open(), retryMs);
  }

  #ended(trial, problem) {
    const wasLong = trial.holds && trial.lifeMs > this.#timing.shortLifeMs;
    if (!wasLong) this.#failures += 1;
    if (problem?.reason === "portal") this.#strangers += 1;
    if (this.#failures >= MAX_FAILURES && this.#step < LAST) {
      this.#failures = 0;
      this.#step += 1;
      this.#open();
      return;
    }
    this.#retryAfter(wasLong ? 50 + Math.random() * 450 : this.#backoff.next(), problem);
  }

  #retryAfter(ms, problem) {
    const retryInMs = Math.max(ms, problem?.retryMs ?? 0);
    const isPortal = problem?.reason === "portal";
    const reason = isPortal && this.#strangers < PORTAL_AFTER ? null : (problem?.reason ?? null);
    if (this.#step === LAST || reason) this.#say("offline", { retryInMs, reason });
    this.#retryTimer = setTimeout(() => this.#open(), retryInMs);
  }

  // Nobody waits for the diagnosis: while no step holds, plain questions show what there is.
  #lookSoon(ms) {
    clearTimeout(this.#lookTimer);
    this.#lookTimer = setTimeout(() => this.#look(), ms);
  }

  async #look() {
    const began = performance.now();
    try {
      const page = await poll(this.#address, this.#cursor, {
        waitS: 0,
        timeoutMs: 10_000,
        signal: this.#stopping.signal,
      });
      this.#rttMs = performance.now() - began;
      this.#strangers = 0;
      eventsOf(page).forEach((event) => this.#take(event));
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const reason = error instanceof Problem ? error.reason : null;
      if (reason === "portal") this.#strangers += 1;
      const isPlain = reason === null || (reason === "portal" && this.#strangers < PORTAL_AFTER);
      if (!this.#trial?.holds) this.#say("offline", { reason: isPlain ? null : reason });
    }
    if (!this.#trial?.holds && !this.#stopping.signal.aborted) this.#lookSoon(this.#timing.lookEveryMs);
  }

  #wake() {
    const silentMs = performance.now() - this.#heardAt;
    if (document.visibilityState === "hidden" || silentMs < this.#timing.wakeAfterMs) return;
    this.#look();
    this.#open();
  }

  // Networks change: beside a lower step that works, the first is tried again from time to time.
  #tryFirstStep() {
    if (this.#step === 1 || this.#probe) return;
    const done = () => {
      this.#probe?.close();
      this.#probe = null;
    };
    this.#probe = this.#try(1, {
      hello: () => {},
      event: () => {},
      ended: done,
      holds: () => {
        done();
        this.#step = 1;
        this.#failures = 0;
        this.#open();
      },
    });
  }

  #say(state, { retryInMs = null, reason = null } = {}) {
    this.#state = state;
    const detail = { state, step: this.#step, retryInMs, reason };
    this.dispatchEvent(new CustomEvent("state", { detail }));
  }
}
