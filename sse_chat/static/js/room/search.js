// Search in what is kept of this room.
import { get } from "../api.js";
import { wordsOf } from "../log/markup.js";
import { callOf, find, page, roomPath, titleOf } from "../page.js";
import { moment } from "../times.js";
import { dialog, openDialog } from "./dialogs.js";

const LIMIT = 30;

export class Search {
  #form = find("search");
  #state = find("search-state");
  #results = find("results");

  constructor() {
    find("open-search")?.addEventListener("click", () => this.open());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search(this.#form.elements.q.value.trim());
    });
    // The field takes a first Escape to empty itself, where one is meant to leave.
    this.#form.elements.q.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      dialog("search").close();
    });
    this.#results.addEventListener("keydown", (event) => this.#onKey(event));
  }

  open() {
    openDialog("search");
    this.#form.elements.q.select();
  }

  /** With this typed already. */
  openFor(q) {
    this.open();
    this.#form.elements.q.value = q;
    this.#search(q);
  }

  /** What somebody wrote here, the newest first. */
  openBy(author) {
    openDialog("search");
    const query = new URLSearchParams({ author, kind: "message", limit: LIMIT });
    this.#show(`/messages?${query}`, "", `By ${author}: `);
  }

  #search(q) {
    if (q) this.#show(`/search?${new URLSearchParams({ q, limit: LIMIT })}`, q);
  }

  async #show(call, q, about = "") {
    this.#results.replaceChildren();
    this.#state.textContent = "Searching…";
    const answer = await get(callOf(call));
    const found = answer.ok ? answer.body.events : [];
    this.#results.replaceChildren(...found.map((entry) => makeResult(entry, q)).reverse());
    this.#state.textContent = answer.ok ? about + summary(found.length, answer.body) : answer.reason;
  }

  #onKey(event) {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (!step) return;
    event.preventDefault();
    event.target.closest("li")?.[step]?.querySelector("a").focus();
  }
}

function summary(count, { more, looked_back_to: id }) {
  const until = id && id !== "0-0" ? moment(Number(id.split("-")[0])) : null;
  const upto = until ? `, searched back to ${until}` : "";
  if (!count) return `No results${upto}`;
  return `${count}${more ? " or more" : ""} ${count === 1 && !more ? "result" : "results"}${upto}`;
}

/** A link to a message; `q` is marked in its text. */
export function makeResult({ id, room, author, text, html, at }, q = "") {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `${roomPath("", room)}?at=${id}#m${id}`;
  const head = document.createElement("div");
  head.className = "muted";
  const where = room === page.room ? "" : ` · ${titleOf(room)}`;
  head.textContent = `${author}${where} · ${moment(at)}`;
  const body = document.createElement("div");
  body.dir = "auto";
  markFound(body, html ? wordsOf(html) : text, q);
  link.append(head, body);
  item.append(link);
  return item;
}

function markFound(body, text, q) {
  const start = q ? text.toLowerCase().indexOf(q.toLowerCase()) : -1;
  if (start < 0) {
    body.textContent = text;
    return;
  }
  const mark = document.createElement("mark");
  mark.textContent = text.slice(start, start + q.length);
  body.append(text.slice(0, start), mark, text.slice(start + q.length));
}
