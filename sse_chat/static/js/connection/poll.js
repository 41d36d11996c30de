// One question for what follows the cursor: the feed of paths that buffer, and the quick look.

import { checkAnswer, Problem } from "./problem.js";

const LIMIT = 200;

// The answer's envelope; throws Problem, TypeError (no path) or AbortError.
export async function poll(address, cursor, { waitS, timeoutMs, signal }) {
  const limit = new AbortController();
  const stop = () => limit.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener("abort", stop);
  try {
    return await ask(address.messages({ after: cursor, wait: waitS, limit: LIMIT }), limit.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

async function ask(url, signal) {
  const answer = await fetch(url, {
    headers: { Accept: "application/json" },
    cache: "no-store",
    redirect: "manual",
    signal,
  });
  const page = await checkAnswer(answer, "application/json").json();
  if (!Array.isArray(page?.events)) throw new Problem("portal", "an answer that is not ours");
  return page;
}

// The events of an envelope in the order of a feed.
export function eventsOf(page) {
  return [...(page.gap ? [{ ...page.gap, kind: "gap" }] : []), ...page.events];
}
