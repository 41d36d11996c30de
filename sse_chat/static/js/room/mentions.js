// A list of the messages that name the reader, in all rooms.
import { get } from "../api.js";
import { find } from "../page.js";
import { openDialog } from "./dialogs.js";
import { makeResult } from "./search.js";

export class Mentions {
  #state = find("mentions-state");
  #list = find("mentions");

  constructor() {
    for (const button of document.querySelectorAll("[data-open-mentions]")) {
      button.addEventListener("click", () => this.open());
    }
  }

  async open() {
    this.#list.replaceChildren();
    this.#state.textContent = "Loading…";
    openDialog("mentions");
    const answer = await get("/mentions");
    const events = answer.ok ? answer.body.events : [];
    this.#list.replaceChildren(...events.map((entry) => makeResult(entry)));
    const empty = "Nobody has mentioned you yet.";
    this.#state.textContent = answer.ok ? (events.length ? "" : empty) : answer.reason;
  }
}
