// Who is here: asked for once, then told by the feed when it changes.
import { get } from "../api.js";
import { hueOf } from "../log/hue.js";
import { find, page } from "../page.js";

export class People {
  #list = find("people-list");
  #count = find("people-count");
  #here = find("here");
  #people = [];

  constructor(connection) {
    connection.addEventListener("presence", ({ detail }) => this.#show(detail));
    if (page.offers("people")) this.#ask();
  }

  get names() {
    return this.#people.map(({ name }) => name);
  }

  async #ask() {
    const answer = await get(`/chat/${page.room}/people`);
    if (answer.ok) this.#show(answer.body);
  }

  #show({ people, count }) {
    if (people) this.#people = people;
    this.#count.textContent = count;
    find("here-count", this.#here).textContent = count;
    this.#here.hidden = !count;
    this.#list.replaceChildren(...this.#people.map(makeItem));
    find("people").hidden = !this.#people.length;
  }
}

function makeItem({ name, author_id: id, guest }) {
  const item = document.createElement("li");
  const label = document.createElement("span");
  label.className = "name";
  label.dir = "auto";
  label.textContent = id === page.authorId ? `${name} (you)` : name;
  label.dataset.hue = hueOf(id ?? "");
  item.append(label);
  if (guest) {
    const mark = document.createElement("span");
    mark.className = "guest";
    mark.textContent = "guest";
    item.append(mark);
  }
  return item;
}
