// What waits goes out, the oldest first, one at a time: by a page for what other pages left, by the
// service worker when none is open. By its key each message arrives once, whoever sends it.

// The server knows what has arrived for a day.
const KNOWN_MS = 86_400_000;
export const isKnown = ({ at }) => Date.now() - Date.parse(at) < KNOWN_MS;

export const fieldsOf = ({ text, replyTo }) => ({ text, ...(replyTo && { reply_to: replyTo.id }) });

/** Until nothing is left to send; else the answer that asks to wait. A room that takes no more for
 *  now holds up no other, and nothing overtakes what waits in its room. */
export async function deliver({ next, send, forget, refuse }) {
  const held = new Set();
  let later = null;
  for (let item = await next(held); item; item = await next(held)) {
    const answer = await send(item);
    if (answer.ok && answer.body?.key === item.key) await forget(item);
    else if (answer.status === 429) {
      held.add(item.room);
      later = answer;
    } else if (answer.ok || answer.mayWorkLater) return answer;
    else await refuse(item);
  }
  return later;
}
