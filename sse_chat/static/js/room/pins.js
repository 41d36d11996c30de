// Pinned messages: how many there are in the header, the list behind it, and what pins and unpins.
import { get, postToRoom } from "../api.js";
import { callOf, find, page } from "../page.js";
import { moment } from "../times.js";
import { dialog, openDialog } from "./dialogs.js";
import { makeResult } from "./result.js";

const EMPTY = "No pinned messages.";

export class Pins extends EventTarget {
  #button = find("open-pins");
  #count = find("pins-count");
  #state = find("pins-state");
  #list = find("pins");
  #targets = new Set();
  #underway = null; // what the feed brought since the list was asked for

  constructor(connection, actions) {
    super();
    this.#button.addEventListener("click", () => this.#open());
    this.#list.addEventListener("click", ({ target }) => {
      const { unpin } = target.closest("[data-unpin]")?.dataset ?? {};
      if (unpin) this.#post(unpin, true);
    });
    actions.addEventListener("open", ({ detail }) => this.#offer(detail));
    actions.addEventListener("pin", ({ detail: { dataset } }) =>
      this.#post(dataset.id, this.#targets.has(dataset.id)),
    );
    connection.addEventListener("entry", ({ detail }) => this.#follow(detail));
    connection.addEventListener("gap", () => this.#load());
    if (page.offers("pins")) this.#load();
  }

  /** The button in the menu of a message. */
  #offer({ row, bar }) {
    const button = find("act=pin", bar);
    button.hidden = !(page.moderates || page.dm) || !page.offers("pins") || row.dataset.kind !== "message";
    const label = this.#targets.has(row.dataset.id) ? "Unpin" : "Pin";
    button.title = label;
    button.setAttribute("aria-label", label);
  }

  #open() {
    this.#list.replaceChildren();
    this.#state.textContent = "Loading…";
    openDialog("pins");
    this.#load();
  }

  async #load() {
    const underway = (this.#underway = []);
    const answer = await get(callOf("/pins"));
    if (underway !== this.#underway) return;
    this.#underway = null;
    if (!answer.ok) {
      this.#state.textContent = answer.reason;
      return;
    }
    this.#targets = new Set(answer.body.pins.map(({ id }) => id));
    this.#list.replaceChildren(...answer.body.pins.map(makeItem));
    this.#show();
    underway.forEach((entry) => this.#follow(entry));
  }

  #follow(entry) {
    this.#underway?.push(entry);
    const { kind, target, removed } = entry;
    const isNew = kind === "pin" && !removed && !this.#targets.has(target);
    const isGone = (kind === "delete" || removed) && this.#targets.has(target);
    if (kind !== "pin" && kind !== "delete") return;
    if (isNew) this.#targets.add(target);
    if (isGone) this.#remove(target);
    this.#show();
    // Only who looks at the list needs the message itself.
    if (isNew && dialog("pins").open && !this.#underway) this.#load();
  }

  #remove(target) {
    this.#targets.delete(target);
    const item = this.#list.querySelector(`[data-pinned="${CSS.escape(target)}"]`);
    if (item?.contains(document.activeElement)) find("pins-close").focus();
    item?.remove();
  }

  #show() {
    const count = this.#targets.size;
    this.#button.hidden = !count;
    this.#count.textContent = count;
    this.#button.setAttribute("aria-label", `Pinned messages: ${count}`);
    this.#state.textContent = count ? "" : EMPTY;
  }

  async #post(target, remove) {
    const answer = await postToRoom("/pins", { target, ...(remove && { remove: "1" }) });
    // The same entry by the feed then changes nothing.
    if (answer.ok) this.#follow({ kind: "pin", target, removed: remove });
    else if (dialog("pins").open) this.#state.textContent = answer.reason;
    else this.dispatchEvent(new CustomEvent("note", { detail: answer.reason }));
  }
}

function makeItem(entry) {
  const item = makeResult(entry);
  item.dataset.pinned = entry.id;
  const foot = document.createElement("p");
  foot.className = "muted";
  foot.append(`Pinned by ${entry.pinned_by} · ${moment(entry.pinned_at)}`);
  item.append(foot);
  if (page.moderates) foot.append(makeButton(entry));
  return item;
}

function makeButton({ id, author }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.dataset.unpin = id;
  button.textContent = "Unpin";
  button.setAttribute("aria-label", `Unpin the message of ${author}`);
  return button;
}
