// What a draft answers, and an edit that was begun: kept beside the draft.
import { Kept } from "../kept.js";
import { page } from "../page.js";

export class Begun {
  #kept = new Kept(`begun:${page.root}/${page.room}`);
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
  }

  #resume(log) {
    const { id, edit } = this.#kept.read({});
    const row = id && log.row(id);
    if (!row || this.#context.row) return;
    if (edit) {
      this.#context.edit(row);
      this.#composer.text = edit;
    } else if (this.#composer.text) this.#context.reply(row);
  }

  #keep() {
    const { row, isEdit } = this.#context;
    // Nothing here is no word on what another tab has begun.
    if (!row && !this.#isMine) return;
    this.#isMine = row !== null;
    this.#kept.write(row && { id: row.dataset.id, edit: isEdit ? this.#composer.text : "" });
  }
}
