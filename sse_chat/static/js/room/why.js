// Why one may not read here any more: who did it, why, and until when; or that the session ended.
import { get } from "../api.js";
import { callOf, page } from "../page.js";
import { moment } from "../times.js";

const ENDED = "You were signed out, here or on another device. Reload the page to sign in again.";
const DONE = { kick: "were removed from", ban: "were banned from" };

export async function explain(strip) {
  const session = await get("/session");
  if (session.ok && page.authorId && session.body.author_id !== page.authorId) {
    strip.explain(ENDED, { isLasting: true });
    return;
  }
  const { status, body } = await get(callOf("/messages?limit=1"));
  if (status === 403 && body?.act) strip.explain(tell(body));
}

function tell({ act, by, until, reason }) {
  const whom = by ? ` by ${by}` : "";
  const when = until ? ` until ${moment(until)}` : "";
  return `You ${DONE[act]} ${page.where}${whom}${when}: ${reason || "no reason given"}.`;
}
