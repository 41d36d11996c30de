// A room for other pages: one module without dependencies.
//
//   import { Room } from "https://chat.example/static/client.js";
//   const room = new Room("https://chat.example/chat/lobby", { token: "sct_…" });
//   room.follow((entry) => console.log(entry.author, entry.text), { last: 20 });
//   await room.say("hello");
//
// It reads server-sent events, NDJSON by POST, or long-polls, whichever the network lets through,
// and goes on after the last entry that it has seen. On another origin the server needs
// --cors-origins, and the page a token or a name.

const HELLO_MS = 4000;
const PING_MS = 4000;
const SILENCE_MS = 40_000;
const WAIT_S = 25;
const FIRST_RETRY_MS = 500;
const MAX_RETRY_MS = 30_000;
const FAILURES_ALLOWED = 2;
const MAX_SEEN = 2000;

/** @typedef {{id: string, kind: string, author: string, author_id: string, text: string}} Entry */

export class RoomError extends Error {
  /** @param {number} status 0 where nothing was answered @param {string} detail */
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
  async say(text, { key = randomKey(), updateKey } = {}) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    if (updateKey) headers["Update-Key"] = updateKey;
    const body = JSON.stringify({ text });
    for (let failures = 0; ; failures += 1) {
      try {
        return await this.#request("", { method: "POST", headers, body });
      } catch (error) {
        const mayPass = [0, 429, 502, 503, 504].includes(error.status) && failures < 6;
        if (!mayPass) throw error;
        await pause(retryMs(failures));
      }
    }
  }

  /**
   * @param {{after?: string, last?: number, limit?: number}} query
   * @returns {Promise<{events: Entry[], cursor: string, more: boolean}>}
   */
  history(query = {}) {
    return this.#request(`/messages?${new URLSearchParams(query)}`);
  }

  /**
   * Every entry once and in order, until `stop` is called.
   * @param {(entry: Entry) => void} onEntry
   * @param {{after?: string, last?: number, onState?: (state: string) => void}} [options]
   * @returns {{stop: () => void, cursor: string}}
   */
  follow(onEntry, { after, last = 0, onState = () => {} } = {}) {
    const following = { cursor: after ?? null, stop: () => stopping.abort() };
    const stopping = new AbortController();
    this.#follow(following, { onEntry, onState, last, signal: stopping.signal });
    return following;
  }

  async #follow(following, { onEntry, onState, last, signal }) {
    const seen = new Set();
    const take = (entry) => {
      if (seen.has(entry.id)) return;
      seen.add(entry.id);
      if (seen.size > MAX_SEEN) seen.delete(seen.values().next().value);
      following.cursor = entry.id;
      onEntry(entry);
    };
    let step = 0;
    let failures = 0;
    while (!signal.aborted) {
      try {
        if (following.cursor === null) {
          const page = await this.history({ limit: last || 1 });
          if (last) page.events.forEach(take);
          following.cursor = page.cursor === "0-0" ? "0" : page.cursor;
        }
        if (step < 2) {
          const method = ["GET", "POST"][step];
          const hasHeld = await this.#readFeed(method, following, take, onState, signal);
          failures = hasHeld ? 0 : failures + 1;
        } else {
          const page = await this.history({ after: following.cursor, wait: WAIT_S });
          onState("polling");
          page.events.forEach(take);
          following.cursor = page.cursor;
          failures = 0;
        }
      } catch (error) {
        if (signal.aborted) return;
        if ([401, 403, 404].includes(error.status)) {
          onState("refused");
          return;
        }
        failures += 1;
        onState("offline");
        await pause(retryMs(failures));
      }
      if (failures >= FAILURES_ALLOWED && step < 2) {
        step += 1;
        failures = 0;
      }
    }
  }

  /** One feed until its end; whether it brought hello and a ping in their time. */
  async #readFeed(method, following, take, onState, signal) {
    const cut = new AbortController();
    const onAbort = () => cut.abort();
    signal.addEventListener("abort", onAbort);
    let timer = setTimeout(onAbort, HELLO_MS);
    let hasHeld = false;
    let waitMs = 0;
    const format = method === "GET" ? "sse" : "ndjson";
    const query = new URLSearchParams({ format, after: following.cursor });
    const [path, body] = method === "GET" ? [`/feed?${query}`] : ["/feed", query];
    try {
      const response = await this.#fetch(path, { method, body, signal: cut.signal });
      for await (const line of linesOf(response.body)) {
        const data = format === "sse" ? /^data: ?(.*)/.exec(line)?.[1] : line;
        if (!data) continue;
        const event = JSON.parse(data);
        const isPing = "cursor" in event && !("heartbeat" in event);
        hasHeld ||= isPing;
        clearTimeout(timer);
        timer = setTimeout(onAbort, hasHeld ? SILENCE_MS : PING_MS);
        waitMs = event.retry_ms ?? waitMs;
        if (event.id) take(event);
        else if (isPing) onState("live");
      }
    } catch (error) {
      if (signal.aborted || error.status) throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
    await pause(hasHeld ? waitMs : retryMs(0));
    return hasHeld;
  }

  async #request(path, options) {
    const response = await this.#fetch(path, options);
    return response.json();
  }

  async #fetch(path, options = {}) {
    const headers = { Accept: "application/json", ...this.#headers, ...options.headers };
    let response;
    try {
      response = await fetch(this.#url + path, { ...options, headers });
    } catch (error) {
      throw new RoomError(0, `The server cannot be reached: ${error.message}`);
    }
    if (response.ok) return response;
    const shape = await response.json().catch(() => ({}));
    throw new RoomError(response.status, shape.detail ?? `The server answered ${response.status}`);
  }
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

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const randomKey = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
const retryMs = (failures) =>
  Math.random() * Math.min(FIRST_RETRY_MS * 2 ** failures, MAX_RETRY_MS);
