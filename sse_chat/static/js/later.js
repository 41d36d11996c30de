// What a page needs once the network or the server is away: loaded before, when all else stands.
import { Begun } from "./compose/begun.js";
import { Courier } from "./compose/courier.js";
import { Offline } from "./room/offline.js";

export function prepareForBadDays(parts, { isKept }) {
  new Begun(parts);
  new Courier(parts);
  if (navigator.serviceWorker) new Offline(parts, { isKept });
}
