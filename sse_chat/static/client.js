// A room for other pages: one module without dependencies.
//   import { Room } from "https://chat.example/static/client.js";
//   const room = new Room("https://chat.example/chat/lobby", { token: "sct_…" });
//   room.follow((entry) => console.log(entry.author, entry.text), { last: 20 });
//   if ((await room.ask("Deploy?", ["yes", "no"])) === "yes") await room.say("deploying");
// It reads server-sent events, NDJSON by POST, or long-polls, whichever the network lets through,
// and resumes by itself. On another origin the server needs --cors-origins.

const HELLO_MS = 4000;
const PING_MS = 4000;
const PING_AT_LEAST_MS = 500;
const SILENCE_MS = 40_000;
const WAIT_S = 25;
const ANSWER_MS = 20_000;
const LOOK_MS = 1500;
const RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
const TRIES = 6;
const FAILURES_ALLOWED = 2;
const ELSE = "Something else answered in the server's place.";
const MAY_PASS = new Set([0, 408, 429, 500, 502, 503, 504]);
const REFUSALS = new Set([401, 403, 404]);
const STEPS = [
  { method: "GET", format: "sse", type: "text/event-stream" },
  { method: "POST", format: "ndjson", type: "application/x-ndjson" },
];

/** @typedef {{id: string, kind: string, author: string, text: string}} Entry */
/** @typedef {Record<"contains" | "author" | "mentions" | "reply_to" | "kind", string>} Filters */

export class RoomError extends Error {
  /** @param {number} status 0 where nothing of the server's was answered @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export class Room {
  #url;
  #headers;

  /**
   * @param {string} url of the room
   * @param {{token?: string, user?: string, password?: string}} [options]
   */
  constructor(url, { token, user, password = "" } = {}) {
    this.#url = url.replace(/\/$/, "");
    this.#headers = {};
    const bytes = new TextEncoder().encode(`${user}:${password}`);
    if (token) this.#headers.Authorization = `Bearer ${token}`;
    else if (user) this.#headers.Authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`;
  }

  /**
   * Posts a message; tried again under one key, so that it is there once.
   * @param {string} text @param {{key?: string, updateKey?: string}} [options]
   * @returns {Promise<Entry>}
   */
  say(text, { key = randomKey(), updateKey } = {}) {
    const more = updateKey ? { "Update-Key": updateKey } : {};
    return this.#post("", { text }, { "Idempotency-Key": key, ...more });
  }

  /**
   * The choice; null when nobody answered in time. @param {string} text @param {string[]} choices
   * @param {{who?: string[], timeoutS?: number, key?: string}} [options]
   * @returns {Promise<string | null>}
   */
  async ask(text, choices, { who = [], timeoutS = 3600, key = randomKey() } = {}) {
    const payload = { text, choices, who, until: timeoutS, wait: WAIT_S };
    const endMs = performance.now() + timeoutS * 1000 + MAX_RETRY_MS;
    while (performance.now() < endMs) {
      const { state, answer } = await this.#post("/ask", payload, { "Idempotency-Key": key });
      if (state !== "open") return answer?.choice ?? null;
    }
    return null;
  }

  /**
   * The next entry that matches, from now on or after an id; null when none came in time.
   * @param {Filters} filters @param {{after?: string, timeoutS?: number}} [options]
   * @returns {Promise<Entry | null>}
   */
  async wait(filters, { after, timeoutS = Infinity } = {}) {
    const endMs = performance.now() + timeoutS * 1000;
    let cursor = after ?? startOf(await this.#retrying(() => this.history({ limit: 1 })));
    for (;;) {
      const leftS = Math.floor((endMs - performance.now()) / 1000);
      const wait = Math.max(0, Math.min(leftS, WAIT_S));
      const query = { ...filters, after: cursor, limit: 1, wait };
      const page = await this.#retrying(() => this.history(query));
      if (page.events.length) return page.events[0];
      if (leftS <= 0) return null;
      cursor = page.cursor;
    }
  }

  /**
   * @param {Filters & {before?: string, after?: string, limit?: number, wait?: number}} query
   * @returns {Promise<{events: Entry[], cursor: string, more: boolean, gap: object | null}>}
   */
  async history(query = {}, signal = undefined) {
    // A nonce, as some caches play answers again that are not to be stored.
    const all = new URLSearchParams({ ...query, nonce: randomKey() });
    const ms = ANSWER_MS + (query.wait ?? 0) * 1000;
    const page = await this.#json(`/messages?${all}`, {}, ms, signal);
    if (!Array.isArray(page.events)) throw new RoomError(0, ELSE);
    return page;
  }

  /**
   * Every entry once and in order, until `stop` is called. `onGap`: entries are missing.
   * `onState`: `live`, `polling`, `offline` and, at the end, `refused`.
   * @param {(entry: Entry) => void} onEntry
   * @param {Filters & {after?: string, last?: number, onGap?: (gap: object) => void,
   *   onState?: (state: string) => void}} [options]
   * @returns {{stop: () => void, cursor: string | null}}
   */
  follow(onEntry, { after, last = 0, onGap = () => {}, onState = () => {}, ...filters } = {}) {
    const stopping = new AbortController();
    const position = new Position(after ?? null, onEntry, onGap);
    this.#follow({ position, last, filters, onState, signal: stopping.signal });
    return { stop: () => stopping.abort(), get cursor() { return position.cursor; } };
  }

  async #follow(following) {
    const { position, last, filters, onState, signal } = following;
    let [step, failures] = [0, 0];
    while (!signal.aborted) {
      try {
        if (position.cursor === null) {
          const page = await this.history({ ...filters, limit: last || 1 }, signal);
          if (last) page.events.forEach((entry) => position.take(entry));
          position.cursor = startOf(page);
        }
        if (step < STEPS.length) {
          failures = (await this.#readFeed(STEPS[step], following)) ? 0 : failures + 1;
        } else {
          await this.#poll(following, WAIT_S);
          onState("polling");
          failures = 0;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (REFUSALS.has(error.status)) return onState("refused");
        failures += 1;
        onState("offline");
        await pause(retryMs(failures));
      }
      if (failures >= FAILURES_ALLOWED && step < STEPS.length) [step, failures] = [step + 1, 0];
    }
  }

  async #poll({ position, filters, signal }, wait = 0) {
    const page = await this.history({ ...filters, after: position.cursor, wait }, signal);
    if (page.gap) position.skip(page.gap);
    page.events.forEach((entry) => position.take(entry));
    position.move(page.cursor);
  }

  /** One feed until its end; whether it brought hello and a later ping in their time, or bye. */
  async #readFeed(step, following) {
    const { position, filters, onState, signal } = following;
    const cut = new AbortController();
    const onAbort = () => cut.abort();
    signal.addEventListener("abort", onAbort);
    // Nobody waits for the diagnosis.
    const looks = setInterval(() => this.#poll(following).catch(() => {}), LOOK_MS);
    let timer = setTimeout(onAbort, HELLO_MS);
    let [helloAt, hasHeld, retry] = [Infinity, false, null];
    const query = new URLSearchParams({ format: step.format, after: position.cursor, ...filters });
    const [path, body] = step.method === "GET" ? [`/feed?${query}`] : ["/feed", query];
    try {
      const response = await this.#fetch(path, { method: step.method, body, signal: cut.signal });
      const type = response.headers.get("Content-Type") ?? "";
      if (!type.startsWith(step.type)) throw new RoomError(0, ELSE);
      for await (const line of linesOf(response.body)) {
        const data = step.format === "sse" ? /^data: ?(.*)/.exec(line)?.[1] : line;
        const event = data ? JSON.parse(data) : {};
        if ("heartbeat" in event) helloAt = performance.now();
        else if ("cursor" in event && performance.now() - helloAt >= PING_AT_LEAST_MS) {
          clearInterval(looks);
          hasHeld = true;
          onState("live");
        }
        clearTimeout(timer);
        timer = setTimeout(onAbort, hasHeld ? SILENCE_MS : PING_MS);
        if ("retry_ms" in event) retry = event.retry_ms;
        else if ("oldest" in event) position.skip(event);
        else if (event.id) position.take(event);
      }
    } catch (error) {
      if (signal.aborted || error.status) throw error;
    } finally {
      clearTimeout(timer);
      clearInterval(looks);
      signal.removeEventListener("abort", onAbort);
    }
    await pause(retry ?? retryMs(0));
    return hasHeld || retry !== null;
  }

  #post(path, payload, headers) {
    const typed = { "Content-Type": "application/json", ...headers };
    const options = { method: "POST", body: JSON.stringify(payload), headers: typed };
    return this.#retrying(() => this.#json(path, options, ANSWER_MS + (payload.wait ?? 0) * 1000));
  }

  async #retrying(work) {
    for (let failures = 0; ; failures += 1) {
      try {
        return await work();
      } catch (error) {
        if (!MAY_PASS.has(error.status) || failures >= TRIES) throw error;
        await pause(retryMs(failures));
      }
    }
  }

  async #json(path, options, limitMs, signal) {
    const limit = new AbortController();
    const onAbort = () => limit.abort();
    const timer = setTimeout(onAbort, limitMs);
    signal?.addEventListener("abort", onAbort);
    try {
      const response = await this.#fetch(path, { ...options, signal: limit.signal });
      return await response.json().catch(() => Promise.reject(new RoomError(0, ELSE)));
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async #fetch(path, options) {
    const headers = { Accept: "application/json", ...this.#headers, ...options.headers };
    let response;
    try {
      response = await fetch(this.#url + path, { ...options, headers });
    } catch (error) {
      throw new RoomError(0, `The server cannot be reached: ${error.message}`);
    }
    if (response.ok) return response;
    const payload = await response.json().catch(() => ({}));
    throw new RoomError(response.status, payload.detail ?? `The server answered ${response.status}`);
  }
}

// How far was read: what a feed and a look beside it bring is told once, and in order.
class Position {
  #onEntry;
  #onGap;
  #lastGap = "";

  constructor(cursor, onEntry, onGap) {
    [this.cursor, this.#onEntry, this.#onGap] = [cursor, onEntry, onGap];
  }

  take(entry) {
    if (this.move(entry.id)) this.#onEntry(entry);
  }

  move(id) {
    const isNew = this.cursor === null || isAfter(id, this.cursor);
    if (isNew) this.cursor = id;
    return isNew;
  }

  skip(gap) {
    const told = JSON.stringify([gap.after, gap.oldest, gap.reason]);
    if (told === this.#lastGap) return; // A look told of it.
    this.#lastGap = told;
    // After a reset ids begin anew.
    if (gap.reason === "reset") this.cursor = "0";
    this.#onGap(gap);
  }
}

function isAfter(id, cursor) {
  const parts = [id, cursor].map((each) => each.split("-").map(BigInt));
  const [[ms, seq], [otherMs, otherSeq = 0n]] = parts;
  return ms > otherMs || (ms === otherMs && seq > otherSeq);
}

async function* linesOf(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    yield* lines;
  }
}

const startOf = (page) => (page.cursor === "0-0" ? "0" : page.cursor);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const randomKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
const retryMs = (failures) => Math.random() * Math.min(RETRY_MS * 2 ** failures, MAX_RETRY_MS);
