// What each reader sets for this browser.
import { Kept } from "../kept.js";
import { find, isConversation, page } from "../page.js";

const DEFAULTS = {
  theme: "", notices: false, all: false, sound: false, typing: true, quiet: false, favourite: false, left: false,
};
// Of each room by itself.
const PER_ROOM = new Set(["all", "quiet", "favourite", "left"]);
const BLOCKED = "Notifications are blocked for this site in your browser.";
const INSECURE =
  "This page came over http://. Notifications and reading offline need https://: ask whoever runs this server for such an address.";
const THEME_AGE_S = 365 * 24 * 3600;

export class Settings extends EventTarget {
  #form = find("settings");
  #kept = new Kept("settings");
  #values = { ...DEFAULTS, ...this.#kept.read({}) };

  constructor() {
    super();
    for (const name of Object.keys(DEFAULTS)) {
      const input = this.#form.elements[name];
      if (!input) continue;
      const value = this.get(name);
      if (input.type === "checkbox") input.checked = value;
      else input.value = value;
    }
    if (!isSecureContext) this.#showProblem(INSECURE);
    this.#form.addEventListener("change", ({ target }) => this.#change(target));
  }

  get(name, room = page.room) {
    return this.#values[keyOf(name, room)] ?? DEFAULTS[name];
  }

  /** What of a room is worth a badge, to this reader. */
  unreadIn({ room, unread, mentions }) {
    if (!this.get("quiet", room) && !this.get("left", room)) return unread;
    return isConversation(room) ? 0 : mentions;
  }

  async #change({ name, type, checked, value }) {
    this.#set(name, type === "checkbox" ? checked : value);
    if (name === "theme") setTheme(value);
    if ((name === "notices" || name === "all") && checked) await this.#askForNotices(name);
    this.#kept.write(this.#values);
    this.dispatchEvent(new Event("changed"));
  }

  async #askForNotices(name) {
    const allowed = globalThis.Notification && (await Notification.requestPermission());
    this.#showProblem(allowed === "granted" ? "" : isSecureContext ? BLOCKED : INSECURE);
    if (allowed === "granted") return;
    this.#form.elements[name].checked = false;
    this.#set(name, false);
  }

  #showProblem(text) {
    const problem = find("problem", this.#form);
    problem.hidden = !text;
    problem.textContent = text;
  }

  #set(name, value) {
    this.#values[keyOf(name, page.room)] = value;
  }
}

const keyOf = (name, room) => (PER_ROOM.has(name) ? `${name}:${room}` : name);

// A cookie, so that the server writes it into the first byte of the next page: nothing flashes.
function setTheme(theme) {
  const age = theme ? THEME_AGE_S : 0;
  document.cookie = `sse_chat_theme=${theme};path=${page.root}/;max-age=${age};SameSite=Lax`;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
