// What nobody needs at once: what helps once the network or the server is away, and what is said of a
// message that is being written. Loaded when all else stands.
import { Background } from "./compose/background.js";
import { Begun } from "./compose/begun.js";
import { Courier } from "./compose/courier.js";
import { MentionPreview } from "./compose/mention-preview.js";
import { setUpInvite } from "./room/invite.js";
import { Offline } from "./room/offline.js";

export function setUpLater(parts, { isKept }) {
  new Begun(parts);
  setUpInvite();
  new MentionPreview(parts.composer);
  new Courier(parts);
  parts.complete();
  // It is loaded when it is opened, if not now.
  parts.switcher.load().catch(() => {});
  if (!navigator.serviceWorker) return;
  new Offline(parts, { isKept });
  if (globalThis.SyncManager) new Background(parts.outbox);
}
