// What can be done with a message: one toolbar that moves to the row in use.
import { postToRoom } from "../api.js";
import { hasReacted } from "../log/reactions.js";
import { find, page, roomPath } from "../page.js";
import { noteEmoji } from "./recent-emoji.js";

const GONE = "This message was deleted or is no longer kept.";

export class Actions extends EventTarget {
  #bar = find("actions");
  #log;
  #row = null;

  constructor(log) {
    super();
    this.#log = log;
    this.#bar.remove();
    log.list.addEventListener("click", (event) => this.#onClick(event));
    log.list.addEventListener("submit", (event) => this.#onSubmit(event));
    this.#bar.addEventListener("keydown", (event) => this.#onKey(event));
    document.addEventListener("pointerdown", ({ target }) => {
      if (this.#row && !this.#row.contains(target)) this.close();
    });
  }

  isOwn(row) {
    return Boolean(page.authorId) && row.dataset.authorId === page.authorId;
  }

  open(row) {
    this.close();
    this.#row = row;
    const isOwn = this.isOwn(row) && row.dataset.kind === "message";
    const mayDelete = page.offers("delete") && (isOwn || page.moderates);
    this.#bar.querySelector("[data-act=edit]").hidden = !isOwn || !page.offers("edit");
    this.#bar.querySelector("[data-act=delete]").hidden = !mayDelete;
    this.#makeSure(false);
    this.#bar.querySelector("[data-act=moderate]").hidden = this.isOwn(row) || !page.moderates;
    this.dispatchEvent(new CustomEvent("open", { detail: { row, bar: this.#bar } }));
    row.dataset.acting = "";
    row.append(this.#bar);
    this.#bar.hidden = false;
    this.#bar.querySelector("button:not([hidden])").focus({ preventScroll: true });
    this.#bringIntoView();
  }

  // Above the first message in view it would stand behind the header.
  #bringIntoView() {
    const box = find("scroll");
    const { top } = this.#bar.getBoundingClientRect();
    box.scrollTop -= Math.max(0, box.getBoundingClientRect().top - top);
  }

  close() {
    if (!this.#row) return;
    const hadFocus = this.#bar.contains(document.activeElement);
    delete this.#row.dataset.acting;
    this.#bar.remove();
    if (hadFocus) this.#row.querySelector("[data-part=more]").focus({ preventScroll: true });
    this.#row = null;
  }

  #onClick({ target }) {
    const row = target.closest(".message");
    const button = target.closest("button");
    if (!row?.dataset.id || !button) return;
    if (button.dataset.part === "more") {
      if (this.#row === row) this.close();
      else this.open(row);
    } else if (button.classList.contains("reaction")) this.react(row, button.dataset.emoji);
    else if (button.dataset.react) this.#reactAndClose(row, button.dataset.react);
    else if (button.dataset.act) this.#act(row, button);
  }

  #onSubmit(event) {
    const choice = event.submitter?.value;
    if (event.target.dataset.part !== "ask" || !choice) return;
    event.preventDefault();
    this.#post(event.target.closest(".message"), "answer", { choice });
  }

  #onKey(event) {
    const buttons = [...this.#bar.querySelectorAll("button:not([hidden])")];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const next = buttons.indexOf(document.activeElement) + step;
      buttons.at(next % buttons.length).focus();
      event.preventDefault();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    }
  }

  #act(row, { dataset: { act, sure } }) {
    // What is deleted is gone for everyone: the first click only asks.
    if (act === "delete" && sure === undefined) {
      this.#makeSure(true);
      return;
    }
    this.close();
    if (act === "link") this.#copyLink(row);
    else if (act === "delete") this.#delete(row);
    else this.dispatchEvent(new CustomEvent(act, { detail: row }));
  }

  #makeSure(isAsked) {
    const button = this.#bar.querySelector("[data-act=delete]");
    button.toggleAttribute("data-sure", isAsked);
    button.setAttribute("aria-label", isAsked ? "Delete for everyone?" : "Delete");
  }

  #reactAndClose(row, emoji) {
    this.close();
    this.react(row, emoji);
  }

  /** With an emoji that one has reacted with already, takes that back. */
  async react(row, emoji) {
    const remove = hasReacted(row, emoji);
    if (!remove) noteEmoji(emoji);
    await this.#post(row, "reactions", { emoji, ...(remove && { remove: "1" }) });
  }

  async #delete(row) {
    row.dataset.pending = "delete";
    const answer = await this.#post(row, "delete", {});
    if (!answer.ok) delete row.dataset.pending;
  }

  /** The answer of the server. */
  edit(row, text) {
    return this.#post(row, "edit", { text });
  }

  async #post(row, what, fields) {
    const answer = await postToRoom(`/messages/${row.dataset.id}/${what}`, fields);
    // Shown at once; the same entry by the feed then changes nothing.
    if (answer.ok && answer.body?.target) this.#log.change(answer.body);
    else if (answer.status === 404) this.dispatchEvent(new CustomEvent("note", { detail: GONE }));
    else if (!answer.ok) this.#problem(answer);
    return answer;
  }

  #problem(answer) {
    this.dispatchEvent(new CustomEvent("problem", { detail: answer }));
  }

  async #copyLink(row) {
    const link = new URL(roomPath(`?at=${row.dataset.id}`), location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      this.dispatchEvent(new CustomEvent("note", { detail: "Link copied." }));
    } catch {
      this.dispatchEvent(new CustomEvent("note", { detail: link }));
    }
  }
}
