// One question for what follows the cursor: the feed of paths that buffer, and the quick look.

import { checkAnswer, Problem } from "./problem.js";

const LIMIT = 200;

// The answer's envelope; throws Problem, TypeError (no path) or AbortError.
export async function poll(address, cursor, { waitS, timeoutMs, signal }) {
  const limits = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])];
  const answer = await fetch(address.messages({ after: cursor, wait: waitS, limit: LIMIT }), {
    headers: { Accept: "application/json" },
    cache: "no-store",
    signal: AbortSignal.any(limits),
  });
  checkAnswer(answer, "application/json");
  const page = await answer.json();
  if (!Array.isArray(page?.events)) throw new Problem("portal", "the path answered in our place");
  return page;
}

// The events of an envelope in the order of a feed.
export function eventsOf(page) {
  return [...(page.gap ? [{ kind: "gap", ...page.gap }] : []), ...page.events];
}
