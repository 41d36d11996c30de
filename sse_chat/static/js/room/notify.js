// How a notice sounds and looks: loaded with the first one.
import { withShortNames } from "../log/short-names.js";
import { page, roomPath } from "../page.js";
import { playTone } from "./tone.js";

const SHOWN = 140;
// All tabs of a browser hear of a message within this time; the first to hear tells of it.
const TELL_ONCE_MS = 5_000;

/** `goTo`: shows a message of the room that is open. */
export async function notify(title, about, { hasSound, goTo }) {
  if (!(await isFirst(`${page.root}:${about.room}:${about.id ?? about.which}`))) return;
  if (hasSound) playTone();
  if (globalThis.Notification?.permission === "granted") show(title, about, goTo);
}

// By the service worker where there is one: its notices outlive the tab, and phones know no other.
async function show(title, { room, text = "", id = null }, goTo) {
  const at = room === page.room ? location.pathname : roomPath("", room);
  const options = {
    body: (await withShortNames(text)).slice(0, SHOWN),
    tag: `sse-chat:${page.root}:${room}`,
    icon: document.querySelector("link[rel=icon]").href.replace("icon-dot.svg", "icon.svg"),
    data: { at, id },
  };
  try {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.showNotification(title, options);
  } catch {
    showFromPage(title, options, goTo);
  }
}

function showFromPage(title, options, goTo) {
  const notice = new Notification(title, options);
  notice.addEventListener("click", () => {
    focus();
    notice.close();
    const { at, id } = options.data;
    if (at === location.pathname) goTo(id);
    else location.assign(at);
  });
}

// Where there are no locks (plain HTTP beyond this machine), each tab speaks for itself.
function isFirst(what) {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    navigator.locks.request(`sse-chat:told:${what}`, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock && new Promise((release) => setTimeout(release, TELL_ONCE_MS));
    });
  });
}
