// Desktop notices, for those who asked for them, and only of what no tab shows them.
import { withShortNames } from "../log/short-names.js";
import { isConversation, page, roomPath, titleOf } from "../page.js";
import { playTone } from "./tone.js";
import { Watched } from "./watched.js";

const SHOWN = 140;
// All tabs of a browser hear of a message within this time; the first to hear tells of it.
const TELL_ONCE_MS = 5_000;

export class Notices {
  #watched = new Watched();
  #settings;
  #log;
  #scroll;

  constructor({ arrivals, log, scroll }, unread, settings) {
    this.#settings = settings;
    this.#log = log;
    this.#scroll = scroll;
    arrivals.addEventListener("shown", ({ detail }) => this.#arrived(detail));
    unread.addEventListener("named", ({ detail }) => this.#named(detail));
    navigator.serviceWorker?.addEventListener("message", ({ data }) => {
      if (data.name === "show") this.#goTo(data.id);
    });
  }

  #arrived(entries) {
    const wanted = entries.filter((entry) => this.#isWanted(entry)).at(-1);
    if (!wanted) return;
    const { author, text, id } = wanted;
    this.#tell(page.dm ? author : `${author} in ${page.where}`, { room: page.room, text, id });
  }

  #isWanted({ kind, author_id: id, mentions = [] }) {
    if (kind !== "message" || id === page.authorId) return false;
    if (this.#settings.get("all")) return true;
    const isForMe = (page.dm && !this.#settings.get("quiet")) || mentions.includes(page.authorId);
    return this.#settings.get("notices") && isForMe;
  }

  // A tab that has the room open tells of it itself, and in its words.
  async #named({ room, which }) {
    if (!this.#settings.get("notices") || (await this.#watched.isOpen(room))) return;
    const what = isConversation(room) ? "New message from" : "You were mentioned in";
    this.#tell(`${what} ${titleOf(room)}`, { room, which });
  }

  async #tell(title, about) {
    if (this.#watched.isHere || (await this.#watched.has(about.room))) return;
    if (!(await isFirst(`${page.root}:${about.room}:${about.id ?? about.which}`))) return;
    if (this.#settings.get("sound")) playTone();
    if (globalThis.Notification?.permission === "granted") this.#show(title, about);
  }

  // By the service worker where there is one: its notices outlive the tab, and phones know no other.
  async #show(title, { room, text = "", id = null }) {
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
      this.#showFromPage(title, options);
    }
  }

  #showFromPage(title, options) {
    const notice = new Notification(title, options);
    notice.addEventListener("click", () => {
      focus();
      notice.close();
      const { at, id } = options.data;
      if (at === location.pathname) this.#goTo(id);
      else location.assign(at);
    });
  }

  #goTo(id) {
    if (!id) return;
    const row = this.#log.row(id);
    if (row) this.#scroll.toRow(row);
    else location.assign(`?at=${id}#m${id}`);
  }
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
