// What the composer is about, other than a new message: a reply, or an edit of one's own.
import { textOf } from "../log/row.js";
import { find } from "../page.js";

const QUOTED = 120;

export class Context extends EventTarget {
  #box = find("context");
  #label = find("context-text");
  #composer;
  #row = null;
  #kind = null;
  #textBefore = "";

  constructor(composer) {
    super();
    this.#composer = composer;
    find("context-cancel").addEventListener("click", () => this.cancel());
  }

  get row() {
    return this.#row;
  }
  get isEdit() {
    return this.#kind === "edit";
  }

  /** What a reply quotes, or null. */
  get replyTo() {
    if (this.#kind !== "reply") return null;
    const text = textOf(this.#row).slice(0, QUOTED);
    return { id: this.#row.dataset.id, author: this.#row.dataset.author, text };
  }

  reply(row) {
    this.cancel();
    this.#begin("reply", row, `Reply to ${row.dataset.author}: ${textOf(row)}`);
  }

  edit(row) {
    this.cancel();
    this.#textBefore = this.#composer.text;
    this.#composer.isDraft = false;
    this.#begin("edit", row, "Edit your message");
    this.#composer.text = row.dataset.source;
    const { field } = this.#composer;
    field.setSelectionRange(field.value.length, field.value.length);
  }

  cancel() {
    if (this.isEdit) this.#composer.text = this.#textBefore;
    this.end();
    this.#composer.focus();
  }

  /** Answers with what had been begun before an edit. */
  end() {
    const begun = this.#textBefore;
    this.#row?.removeAttribute("data-acting");
    this.#row = this.#kind = null;
    this.#textBefore = "";
    this.#box.hidden = true;
    this.#composer.isDraft = true;
    this.dispatchEvent(new Event("changed"));
    return begun;
  }

  #begin(kind, row, label) {
    this.#kind = kind;
    this.#row = row;
    row.dataset.acting = "";
    this.#label.textContent = label;
    this.#box.hidden = false;
    this.dispatchEvent(new Event("changed"));
    this.#composer.focus();
  }
}
