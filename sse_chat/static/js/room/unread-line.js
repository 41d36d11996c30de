// The line in the log between what was read and what is new.
import { isAfter } from "../connection/cursor.js";
import { clone, page } from "../page.js";

export class UnreadLine {
  #log;
  #scroll;
  #history;
  #line = null;
  #read = null;

  constructor({ log, scroll, history }) {
    this.#log = log;
    this.#scroll = scroll;
    this.#history = history;
    history.addEventListener("earlier", () => this.#showWhereReadingStopped());
  }

  /** Where reading stopped last time; goes there. */
  async showAfter(id) {
    this.#read = id;
    await this.#history.reach(id);
    // Further back than one page: there is where reading goes on.
    if (!this.#history.reaches(id)) await this.#history.around(id);
    this.#showWhereReadingStopped();
    const box = this.#scroll.box.getBoundingClientRect();
    const line = this.#line?.getBoundingClientRect();
    const isInView = line && line.top >= box.top && line.bottom <= box.bottom;
    if (line && !isInView) this.#scroll.toRow(this.#line, "start");
  }

  /** Above a message that came unseen; where there is a line already, that one stays. */
  showBefore(row) {
    if (!this.#line?.isConnected) this.#draw(row);
  }

  putBefore(row) {
    this.#draw(row);
  }

  // Not before it is loaded what came before: the oldest of a page need not be the first unread.
  #showWhereReadingStopped() {
    const read = this.#read;
    if (!read || !this.#history.reaches(read)) return;
    this.#read = null;
    const isNew = ({ id, authorId }) => id && isAfter(id, read) && authorId !== page.authorId;
    this.#draw(this.#log.rows.find(({ dataset }) => isNew(dataset)));
  }

  #draw(row) {
    this.#line?.remove();
    if (!row) return;
    this.#line = clone("unread");
    row.before(this.#line);
    row.classList.remove("continued");
  }
}
