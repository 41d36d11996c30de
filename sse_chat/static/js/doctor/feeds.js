// Reads a probe feed and notes when each event came, in milliseconds from the request.

const PLAN = { events: "5", interval_ms: "500" };
const LIMIT_MS = 12_000;

export function readFeeds(url) {
  return Promise.all([
    readEventSource(url),
    readNdjson(url, "GET"),
    readNdjson(url, "POST"),
  ]).then(([sse, ndjson, post]) => ({ sse, ndjson, post }));
}

// As the chat page does it: with the browser's own EventSource.
function readEventSource(url) {
  const reading = new Reading();
  const source = new EventSource(`${url}?${new URLSearchParams({ ...PLAN, format: "sse" })}`);
  return new Promise((resolve) => {
    const stop = (end, detail = "") => {
      clearTimeout(timer);
      source.close();
      resolve(reading.finish(end, detail));
    };
    const timer = setTimeout(() => stop("silent"), LIMIT_MS);
    source.addEventListener("open", () => reading.head());
    source.addEventListener("probe", (event) => reading.take(JSON.parse(event.data)));
    source.addEventListener("end", () => stop("whole"));
    source.addEventListener("error", () => {
      stop(reading.hasEvents ? "cut" : "refused", "the browser gives the event stream up");
    });
  });
}

// After how many seconds a feed that is silent for `idleS` is cut; null when it is not.
export async function readIdleCut(url, idleS) {
  const beganMs = performance.now();
  const plan = { events: "1", idle: String(idleS) };
  const { end } = await readNdjson(url, "POST", plan, idleS * 1000 + LIMIT_MS);
  return end === "whole" ? null : (performance.now() - beganMs) / 1000;
}

async function readNdjson(url, method, plan = PLAN, limitMs = LIMIT_MS) {
  const reading = new Reading();
  const fields = new URLSearchParams({ ...plan, format: "ndjson" });
  const signal = AbortSignal.timeout(limitMs);
  try {
    const answer = method === "POST"
      ? await fetch(url, { method, body: fields, signal })
      : await fetch(`${url}?${fields}`, { signal });
    reading.head(answer.headers.get("content-encoding"));
    if (!answer.ok || !answer.headers.get("content-type")?.startsWith("application/x-ndjson")) {
      return reading.finish("refused", `something answered with ${answer.status}`);
    }
    return reading.finish(await takeLines(answer.body, reading) ? "whole" : "cut");
  } catch (error) {
    if (signal.aborted) return reading.finish("silent");
    return reading.finish(reading.hasEvents ? "cut" : "refused", error.message);
  }
}

// True when the end was among the lines.
async function takeLines(body, reading) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return false;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines.filter(Boolean)) {
      const payload = JSON.parse(line);
      if (payload.kind === "end") return true;
      if (payload.kind === "probe") reading.take(payload);
    }
  }
}

class Reading {
  #beganMs = performance.now();
  #events = [];
  #headMs = null;
  #encoding = "";

  get hasEvents() {
    return this.#events.length > 0;
  }

  head(encoding) {
    this.#headMs = this.#now();
    this.#encoding = encoding ?? "";
  }

  take(payload) {
    this.#events.push([payload.sent_ms, this.#now()]);
  }

  finish(end, detail = "") {
    return { events: this.#events, end, head_ms: this.#headMs, encoding: this.#encoding, detail };
  }

  #now() {
    return performance.now() - this.#beganMs;
  }
}
