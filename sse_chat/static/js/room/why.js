// Why one may not read here any more: who did it, why, and until when; or that the session ended, or
// the room.
import { get } from "../api.js";
import { callOf, page } from "../page.js";
import { moment } from "../times.js";

const ENDED = "You were signed out, here or on another device. Reload the page to sign in again.";
const DONE = { kick: "were removed from", ban: "were banned from" };

/** `detail`: what the feed said of it. */
export async function explain(strip, detail = "") {
  const session = await get("/session");
  if (session.ok && page.authorId && session.body.author_id !== page.authorId) {
    strip.explain(ENDED, { isLasting: true });
    return;
  }
  const { status, body } = await get(callOf("/messages?limit=1"));
  if (status === 403 && body?.act) strip.explain(tell(body));
  else if (detail || body?.error === "room_closed") strip.explain(ofRoom(detail || body.detail));
}

// It begins with the name of the room.
const ofRoom = (detail) => `${detail.replace(page.room, () => page.where)}.`;

function tell({ act, by, until, reason }) {
  const whom = by ? ` by ${by}` : "";
  const when = until ? ` until ${moment(until)}` : "";
  return `You ${DONE[act]} ${page.where}${whom}${when}: ${reason || "no reason given"}.`;
}
