// One question for what follows the cursor: the feed of paths that buffer, and the quick look.

import { checkAnswer, Problem } from "./problem.js";

const MAX_LIMIT = 200;
const MIN_LIMIT = 5;

// Some paths cut an answer after so many bytes: then fewer entries are asked for at a time.
let limit = MAX_LIMIT;

// The answer's envelope; throws Problem, TypeError (no path) or AbortError. `cursors` is [room, id]
// of each room, `after` a cursor of all.
export async function poll(address, cursors, { after, waitS, timeoutMs, signal }) {
  const aborting = new AbortController();
  const stop = () => aborting.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener("abort", stop);
  try {
    const query = { ...(after && { after }), wait: waitS, limit };
    const page = await ask(address.messages(cursors, query), aborting.signal);
    limit = Math.min(limit * 2, MAX_LIMIT);
    return page;
  } catch (error) {
    if (!(error instanceof Problem) && !signal?.aborted) limit = Math.max(Math.floor(limit / 4), MIN_LIMIT);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

async function ask([url, options], signal) {
  const answer = await fetch(url, {
    ...options,
    headers: { Accept: "application/json" },
    cache: "no-store",
    redirect: "manual",
    signal,
  });
  const page = await checkAnswer(answer, "application/json").json();
  if (!Array.isArray(page?.events) || !Array.isArray(page.gaps)) throw new Problem("portal", "an answer that is not ours");
  return page;
}

// The events of an envelope in the order of a feed.
export function eventsOf(page) {
  return [...page.gaps.map((gap) => ({ ...gap, kind: "gap" })), ...page.events];
}
