// Requests that end. Every one answers with an Answer and never throws.
import { page, path } from "./page.js";

const TIMEOUT_MS = 15_000;

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
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  get reason() {
    if (this.status === 0) return "Can’t reach the server";
    const detail = this.body?.detail ?? `The server answered ${this.status}`;
    return detail.charAt(0).toUpperCase() + detail.slice(1);
  }
}

export const get = (rest) => request(rest, { headers: { Accept: "application/json" } });

export function post(rest, fields = {}, { key } = {}) {
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  if (key) headers["Idempotency-Key"] = key;
  return request(rest, { method: "POST", headers, body: JSON.stringify(fields) });
}

export const postToRoom = (rest, fields, options) =>
  post(`/chat/${page.room}${rest}`, fields, options);

async function request(rest, options) {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(path(rest), { ...options, signal, credentials: "same-origin" });
    const retryAfterS = Number(response.headers.get("Retry-After")) || null;
    if (response.status === 204) return new Answer(204);
    // A filter's own page with status 200 is no answer of this server.
    const isJson = response.headers.get("Content-Type")?.includes("json");
    if (response.ok && !isJson) return new Answer(0);
    return new Answer(response.status, isJson ? await response.json() : null, retryAfterS);
  } catch {
    return new Answer(0);
  }
}
