// What a page needs once the network or the server is away: loaded before, when all else stands.
import { Courier } from "./compose/courier.js";
import { Offline } from "./room/offline.js";

export function prepareForBadDays(core, { isKept }) {
  new Courier(core);
  if (navigator.serviceWorker) new Offline(core, { isKept });
}
