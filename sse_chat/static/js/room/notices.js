// Desktop notices, for those who asked for them, and only while the page is not being looked at.
import { page, roomPath } from "../page.js";

const SHOWN = 140;
const TONE_HZ = 660;
const TONE_S = 0.18;

export function setUpNotices(arrivals, settings) {
  arrivals.addEventListener("shown", ({ detail: entries }) => {
    if (document.hasFocus() && !document.hidden) return;
    const wanted = entries.filter((entry) => isWanted(entry, settings)).at(-1);
    if (!wanted) return;
    show(wanted);
    if (settings.get("sound")) playTone();
  });
}

function isWanted({ kind, author_id: id, mentions = [] }, settings) {
  if (kind !== "message" || id === page.authorId) return false;
  if (settings.get("all")) return true;
  return settings.get("notices") && mentions.includes(page.authorId);
}

function show({ author, text, id }) {
  if (globalThis.Notification?.permission !== "granted") return;
  try {
    const notice = new Notification(`${author} in #${page.room}`, {
      body: text.slice(0, SHOWN),
      tag: `sse-chat:${page.room}`,
    });
    notice.addEventListener("click", () => {
      focus();
      notice.close();
      document.getElementById(`m${id}`)?.scrollIntoView({ block: "center" });
    });
  } catch {
    // Phones show notices from service workers only.
    navigator.serviceWorker?.ready.then((worker) =>
      worker.showNotification(`${author} in #${page.room}`, {
        body: text.slice(0, SHOWN),
        tag: `sse-chat:${page.room}`,
        data: roomPath(),
      }),
    );
  }
}

function playTone() {
  const context = new AudioContext();
  const gain = new GainNode(context, { gain: 0.05 });
  const tone = new OscillatorNode(context, { frequency: TONE_HZ });
  tone.connect(gain).connect(context.destination);
  gain.gain.exponentialRampToValueAtTime(0.001, context.currentTime + TONE_S);
  tone.start();
  tone.stop(context.currentTime + TONE_S);
  tone.addEventListener("ended", () => context.close());
}
