// Search in what is kept of this room: its dialog is open already.
import { get } from "../api.js";
import { callOf, find } from "../page.js";
import { moment } from "../times.js";
import { dialog } from "./dialogs.js";
import { makeResult } from "./result.js";

const LIMIT = 30;

export class Search {
  #form = find("search");
  #state = find("search-state");
  #results = find("results");

  constructor() {
    this.#state.textContent = "";
    // The field takes a first Escape to empty itself, where one is meant to leave.
    this.#form.elements.q.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.preventDefault();
      dialog("search").close();
    });
    this.#results.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** With this typed already. */
  openFor(q) {
    this.#form.elements.q.value = q;
    this.submit();
  }

  submit() {
    const q = this.#form.elements.q.value.trim();
    if (q) this.#show(`/search?${new URLSearchParams({ q, limit: LIMIT })}`, q);
  }

  /** What somebody wrote here, the newest first. */
  openBy(author) {
    const query = new URLSearchParams({ author, kind: "message", limit: LIMIT });
    this.#show(`/messages?${query}`, "", `By ${author}: `);
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
