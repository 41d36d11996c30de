// What each reader sets for this browser.
import { Kept } from "../kept.js";
import { find, page } from "../page.js";

const DEFAULTS = { theme: "", notices: false, all: false, sound: false, typing: true };
const OF_THIS_ROOM = { all: `all:${page.room}` };
const THEME_AGE_S = 365 * 24 * 3600;

export class Settings {
  #form = find("settings");
  #kept = new Kept("settings");
  #values = { ...DEFAULTS, ...this.#kept.read({}) };

  constructor() {
    for (const name of Object.keys(DEFAULTS)) {
      const input = this.#form.elements[name];
      const value = this.get(name);
      if (input.type === "checkbox") input.checked = value;
      else input.value = value;
    }
    this.#form.addEventListener("change", ({ target }) => this.#change(target));
  }

  get(name) {
    return this.#values[OF_THIS_ROOM[name] ?? name] ?? DEFAULTS[name];
  }

  async #change({ name, type, checked, value }) {
    this.#set(name, type === "checkbox" ? checked : value);
    if (name === "theme") setTheme(value);
    if ((name === "notices" || name === "all") && checked) await this.#askForNotices(name);
    this.#kept.write(this.#values);
  }

  async #askForNotices(name) {
    const allowed = globalThis.Notification && (await Notification.requestPermission());
    const problem = find("problem", this.#form);
    problem.hidden = allowed === "granted";
    problem.textContent = "Notifications are blocked for this site in your browser.";
    if (allowed === "granted") return;
    this.#form.elements[name].checked = false;
    this.#set(name, false);
  }

  #set(name, value) {
    this.#values[OF_THIS_ROOM[name] ?? name] = value;
  }
}

// A cookie, so that the server writes it into the first byte of the next page: nothing flashes.
function setTheme(theme) {
  const age = theme ? THEME_AGE_S : 0;
  document.cookie = `sse_chat_theme=${theme};path=${page.root}/;max-age=${age};SameSite=Lax`;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}
