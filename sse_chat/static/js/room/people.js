// Who is here: asked for once, then told by the feed when it changes.
import { get } from "../api.js";
import { hueOf } from "../log/hue.js";
import { markGuest } from "../log/row.js";
import { guestMark, noteNames } from "../log/shared-names.js";
import { callOf, find, page, roomPath } from "../page.js";

const SIGN_EVERY_MS = 60_000;
// Later than the word of the tab that closes.
const STAY_AFTER_MS = 1000;
const ASK_AFTER_MS = 2000;

export class People {
  #list = find("people-list");
  #count = find("people-count");
  #here = find("here");
  #more = find("people-all");
  #people = [];
  #isAll = false;
  #timer;
  #tabs = globalThis.BroadcastChannel && new BroadcastChannel(`sse-chat:${page.root}:here:${page.room}`);

  constructor(connection) {
    connection.addEventListener("presence", ({ detail }) => this.#show(detail));
    find("people-all").addEventListener("click", () => this.#ask({ isAll: true }));
    if (page.offers("people")) this.#ask();
    if (page.offers("presence")) this.#giveSigns();
  }

  // A closed page is gone at once, and not when its last request is five minutes old.
  #giveSigns() {
    const say = (state) => {
      if (!page.name) return;
      const body = new URLSearchParams({ state });
      navigator.sendBeacon?.(roomPath("/presence"), body);
    };
    setInterval(() => say("here"), SIGN_EVERY_MS);
    addEventListener("pagehide", () => {
      say("gone");
      this.#tabs?.postMessage("gone");
    });
    addEventListener("pageshow", ({ persisted }) => persisted && say("here"));
    say("here");
    // Another tab of this room stays.
    this.#tabs?.addEventListener("message", () => setTimeout(() => say("here"), STAY_AFTER_MS));
  }

  get names() {
    return this.#people.map(({ name }) => name);
  }

  async #ask({ isAll = false } = {}) {
    this.#isAll ||= isAll;
    const answer = await get(callOf("/people"));
    if (answer.ok) this.#show({ ...answer.body, isWhole: true });
  }

  #show({ people, count, isWhole = false }) {
    // The feed names only the first of many.
    const isPart = people && people.length < count;
    if (isPart && this.#isAll && !isWhole) this.#askSoon();
    else if (people) this.#people = people;
    this.#more.hidden = this.#people.length >= count;
    this.#more.textContent = `Show all ${count}`;
    this.#count.textContent = count;
    find("here-count", this.#here).textContent = count;
    this.#here.hidden = !count;
    noteNames(this.#people.map(({ name }) => name));
    for (const row of document.querySelectorAll("[data-log] .message")) markGuest(row);
    const focused = this.#list.contains(document.activeElement) && document.activeElement.dataset.person;
    this.#list.replaceChildren(
      ...this.#people.map(makeItem),
    );
    if (focused) this.#list.querySelector(`[data-person="${CSS.escape(focused)}"]`)?.focus();
    find("people").hidden = !this.#people.length;
  }

  #askSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), ASK_AFTER_MS);
  }
}

function makeItem({ name, author_id: id, guest }) {
  const item = document.createElement("li");
  const label = document.createElement("button");
  label.type = "button";
  label.className = "name";
  label.dataset.person = id;
  label.setAttribute("aria-haspopup", "dialog");
  label.dir = "auto";
  label.textContent = id === page.authorId ? `${name} (you)` : name;
  label.dataset.hue = hueOf(id ?? "");
  item.append(label);
  if (guest) {
    const mark = document.createElement("span");
    mark.className = "guest";
    mark.textContent = guestMark(name, id);
    item.append(mark);
  }
  return item;
}
