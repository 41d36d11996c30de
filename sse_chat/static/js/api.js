// Requests that end. Every one answers with an Answer and never throws.
import { callOf, page, path } from "./page.js";
import { moment, noteServerTime } from "./times.js";

const TIMEOUT_MS = 15_000;
const STALLED_MS = 5000;
// How long somebody is silenced or away, where it is told in words.
const UNTIL = /until (\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/;
// We never redirect a request of the page: a sign-in of the network does.
const HERE = { credentials: "same-origin", redirect: "manual" };

/** Says "stalled" when an answer is slow to come, "answered" once none is, and "clock" when the
 *  device's clock turns out to be wrong, or set right. */
export const requests = new EventTarget();
let stalled = 0;

export class Answer {
  constructor(status, body = null, retryAfterS = null) {
    this.status = status;
    this.body = body;
    this.retryAfterS = retryAfterS;
  }

  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  /** Whether the same request may work later: no network, no JSON, too many, or a fault there. */
  get mayWorkLater() {
    return this.#isForeign || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  // All our refusals are JSON: anything else was answered in the server's place.
  get #isForeign() {
    return this.status === 0 || (!this.ok && !this.body?.error);
  }

  get reason() {
    if (this.status === 0) return "Can’t reach the server";
    const detail = this.body?.detail ?? `The server answered ${this.status}`;
    const local = detail.replace(UNTIL, (_, day, time) => "until " + moment(`${day}T${time}Z`));
    return local.charAt(0).toUpperCase() + local.slice(1);
  }
}

export const get = (rest) => request(rest, { headers: { Accept: "application/json" } });

// Only as whom the page shows; `isAnyones`: as whoever the browser speaks for by now.
export function post(rest, fields = {}, { key, isAnyones = false } = {}) {
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  if (!isAnyones) headers["Author-Id"] = page.authorId || "none";
  if (key) headers["Idempotency-Key"] = key;
  // Some paths strip headers that they do not know: there the key in the body counts.
  const body = JSON.stringify(key ? { ...fields, key } : fields);
  return request(rest, { method: "POST", headers, body });
}

export const postToRoom = (rest, fields, options) =>
  post(callOf(rest), fields, options);

async function request(rest, options) {
  let isStalled = false;
  const timer = setTimeout(() => {
    isStalled = true;
    stalled += 1;
    requests.dispatchEvent(new Event("stalled"));
  }, STALLED_MS);
  const answer = await ask(rest, options);
  clearTimeout(timer);
  if (isStalled) stalled -= 1;
  if (isStalled && !stalled) requests.dispatchEvent(new Event("answered"));
  return answer;
}

async function ask(rest, options) {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(path(rest), { ...options, signal, ...HERE });
    const retryAfterS = Number(response.headers.get("Retry-After")) || null;
    if (response.status === 204) return new Answer(204);
    // A filter's own page with status 200 is no answer of this server.
    const isJson = response.headers.get("Content-Type")?.includes("json");
    if (response.ok && !isJson) return new Answer(0);
    const isOtherTime = noteServerTime(response.headers.get("Date"));
    if (isOtherTime) requests.dispatchEvent(new Event("clock"));
    return new Answer(response.status, isJson ? await response.json() : null, retryAfterS);
  } catch {
    return new Answer(0);
  }
}
