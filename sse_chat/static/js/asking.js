// One request and its reply, as the page and the service worker ask. It never throws.
const TIMEOUT_MS = 15_000;
// We never redirect a request of the page: a sign-in of the network does.
const HERE = { credentials: "same-origin", redirect: "manual" };
// Browsers let 64 KB in all outlive the page that sent them.
const MAX_OUTLIVING = 8000;

export class Reply {
  constructor(status, body = null, retryAfterS = null, date = null) {
    this.status = status;
    this.body = body;
    this.retryAfterS = retryAfterS;
    this.date = date;
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
}

/** Refused where the browser speaks for another author by then; "": for whomever it speaks. */
export function postAs(author, url, fields, key) {
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  if (author) headers["Author-Id"] = author;
  if (key) headers["Idempotency-Key"] = key;
  // Some paths strip headers that they do not know: there the key in the body counts.
  const body = JSON.stringify(key ? { ...fields, key } : fields);
  return ask(url, { method: "POST", headers, body, keepalive: body.length < MAX_OUTLIVING });
}

export async function ask(url, options) {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { ...options, signal, ...HERE });
    const { headers, status } = response;
    if (status === 204) return new Reply(204);
    // A filter's own page with status 200 is no answer of this server.
    const isJson = headers.get("Content-Type")?.includes("json");
    if (response.ok && !isJson) return new Reply(0);
    const retryAfterS = Number(headers.get("Retry-After")) || null;
    return new Reply(status, isJson ? await response.json() : null, retryAfterS, headers.get("Date"));
  } catch {
    return new Reply(0);
  }
}
