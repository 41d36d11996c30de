// From room to room by keyboard: a list of rooms, conversations and people, narrowed by what is
// typed. Without anything typed come the unread first, then those that one was in last.
import { get } from "../api.js";
import { Kept } from "../kept.js";
import { callOf, find, isConversation, page, path, roomPath, titleOf } from "../page.js";
import { distance } from "./fuzzy.js";
import { roomLinks } from "./room-list.js";
import { toRoomName } from "./room-name.js";

const SHOWN = 12;
const RECENT = 20;
const ASK_AFTER_MS = 150;

export class Switcher {
  #field = find("switch-to");
  #list = find("switch-list");
  #recent = new Kept("recent-rooms");
  #search;
  #choices = [];
  #chosen = 0;
  #isMoved = false; // else it is the best that is chosen, also when there is a better one
  #people = [];
  #timer;

  constructor(search) {
    this.#search = search;
    this.#remember();
    this.#field.addEventListener("input", () => this.#look());
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
    this.#list.addEventListener("click", ({ target }) => {
      const option = target.closest("[role=option]");
      if (option) this.#take(this.#choices[option.dataset.index]);
    });
  }

  /** What was typed meanwhile stands in its field. */
  open() {
    this.#people = [];
    this.#look();
  }

  takeChosen() {
    this.#take(this.#choices[this.#chosen]);
  }

  #remember() {
    const others = this.#recent.read([]).filter((room) => room !== page.room);
    this.#recent.write([page.room, ...others].slice(0, RECENT));
  }

  #look() {
    const typed = this.#typed;
    this.#choices = typed ? this.#matching(typed) : this.#waiting();
    this.#chosen = 0;
    this.#isMoved = false;
    this.#show();
    clearTimeout(this.#timer);
    if (typed) this.#timer = setTimeout(() => this.#askForPeople(typed), ASK_AFTER_MS);
  }

  get #typed() {
    return this.#field.value.trim().replace(/^@/, "");
  }

  get #isPerson() {
    return this.#field.value.trim().startsWith("@");
  }

  #waiting() {
    const recent = this.#recent.read([]);
    const rank = (room) => (recent.indexOf(room) + RECENT + 1) % (RECENT + 1);
    return rooms()
      .filter(({ room }) => room !== page.room)
      .sort((a, b) => b.unread - a.unread || rank(a.room) - rank(b.room))
      .slice(0, SHOWN);
  }

  #matching(typed) {
    const known = rooms();
    const called = new Set(known.map(({ room }) => room));
    const people = this.#people.filter(({ room }) => !called.has(room));
    const found = [...known, ...people]
      .map((choice) => ({ ...choice, rank: distance(typed, choice.label) }))
      .filter(({ rank }) => rank !== null)
      .sort((a, b) => a.rank - b.rank)
      .slice(0, SHOWN);
    const room = this.#isPerson ? "" : toRoomName(typed);
    if (room && !called.has(room)) {
      found.push({ label: `Open or create #${room}`, room, about: "" });
    }
    if (page.offers("search")) {
      found.push({ label: `Search ${page.where} for “${typed}”`, search: typed, about: "" });
    }
    return found;
  }

  // Those with an account can be written to.
  async #askForPeople(typed) {
    if (!page.authorId.startsWith("u_")) return;
    const answer = await get(callOf(`/people?${new URLSearchParams({ name: typed })}`));
    if (!answer.ok || typed !== this.#typed) return;
    this.#people = answer.body.people
      .filter(({ guest, author_id: id }) => !guest && id.startsWith("u_"))
      .map(({ name, author_id: id }) => ({ label: name, room: `dm:${name}`, id, about: "message" }));
    const chosen = this.#isMoved && this.#choices[this.#chosen]?.label;
    this.#choices = this.#matching(typed);
    this.#chosen = Math.max(0, this.#choices.findIndex(({ label }) => label === chosen));
    this.#show();
  }

  #show() {
    this.#list.replaceChildren(...this.#choices.map((choice, index) => this.#option(choice, index)));
    if (this.#choices.length) this.#field.setAttribute("aria-activedescendant", `switch-${this.#chosen}`);
    else this.#field.removeAttribute("aria-activedescendant");
    this.#list.children[this.#chosen]?.scrollIntoView({ block: "nearest" });
  }

  #option({ label, about, unread }, index) {
    const option = document.createElement("li");
    option.className = "choice";
    option.id = `switch-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(index === this.#chosen));
    option.dataset.index = index;
    const name = document.createElement("bdi");
    name.textContent = label;
    const small = document.createElement("small");
    small.textContent = unread ? "unread" : about;
    option.append(name, " ", small);
    return option;
  }

  #onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing || !this.#choices.length) return;
    event.preventDefault();
    this.#isMoved = true;
    this.#chosen = (this.#chosen + step + this.#choices.length) % this.#choices.length;
    this.#show();
  }

  #take(choice) {
    if (!choice) return;
    this.#field.closest("dialog").close();
    if (choice.search) this.#search.openFor(choice.search);
    // By the id: a name may have what no path can.
    else follow(choice.id ? path(`/dm/${choice.id}`) : roomPath("", choice.room));
  }
}

// As by a click: while one is offline, it may lead nowhere.
function follow(href) {
  const link = Object.assign(document.createElement("a"), { href });
  document.body.append(link);
  link.click();
  link.remove();
}

const rooms = () =>
  roomLinks().map(({ dataset: { room, unread } }) => ({
    room,
    label: titleOf(room),
    about: isConversation(room) ? "conversation" : "room",
    unread: unread === undefined ? 0 : 1,
  }));
