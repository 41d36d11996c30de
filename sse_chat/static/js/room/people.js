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
    const counts = Map.groupBy?.(this.#people, ({ name }) => name.toLowerCase());
    this.#list.replaceChildren(
      ...this.#people.map((each) => makeItem(each, counts?.get(each.name.toLowerCase()).length > 1)),
    );
    find("people").hidden = !this.#people.length;
  }
}

// Two of one name are told apart by the end of what stays theirs.
function makeItem({ name, author_id: id, guest }, isShared) {
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
    mark.textContent = isShared ? `guest ${id.slice(-4)}` : "guest";
    item.append(mark);
  }
  return item;
}
