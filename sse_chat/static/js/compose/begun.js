// What a draft answers, and an edit that was begun: kept beside the draft.
import { Kept } from "../kept.js";
import { page } from "../page.js";

export class Begun {
  #kept = [true, false].map((isPerTab) => new Kept(`begun:${page.root}/${page.room}`, { isPerTab }));
  #composer;
  #context;
  #isMine = false;

  constructor({ composer, context, log }) {
    this.#composer = composer;
    this.#context = context;
    const keep = () => this.#keep();
    context.addEventListener("changed", keep);
    composer.addEventListener("changed", keep);
    this.#resume(log);
    // Begun before this was loaded.
    keep();
  }

  #resume(log) {
    const [own, shared] = this.#kept;
    const { id, edit, text } = own.read(null) ?? shared.read({});
    const row = id && log.row(id);
    if (!row || this.#context.row) return;
    if (edit) {
      this.#context.edit(row);
      this.#composer.text = edit;
    } else if (text && text === this.#composer.text) this.#context.reply(row);
  }

  #keep() {
    const { row, isEdit } = this.#context;
    // Nothing here is no word on what another tab has begun.
    if (!row && !this.#isMine) return;
    this.#isMine = row !== null;
    const { text } = this.#composer;
    const begun = row && { id: row.dataset.id, text, edit: isEdit ? text : "" };
    for (const kept of this.#kept) kept.write(begun);
  }
}
