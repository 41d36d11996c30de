// Messages that are still being written, word by word: a quiet row for each until it is stored, when
// the log turns the row into the message.
import { makeRow, setText } from "../log/row.js";
import { byServer } from "../times.js";

const FORGET_MS = 60_000;
const MAX_ROWS = 20;

export class Growing {
  #log;
  #scroll;
  #rows = new Map(); // by author and key: the row, and the timer that forgets it

  constructor({ connection, log, scroll }) {
    this.#log = log;
    this.#scroll = scroll;
    connection.addEventListener("growing", ({ detail }) => this.#hear(detail));
    log.addEventListener("settled", ({ detail }) => this.#release(nameOf(detail)));
  }

  #hear(growing) {
    const name = nameOf(growing);
    if (!growing.text) this.#forget(name);
    else if (this.#rows.has(name)) this.#update(name, growing);
    else if (this.#rows.size < MAX_ROWS && !this.#log.hasKey(growing.key)) this.#show(name, growing);
  }

  #show(name, growing) {
    const row = makeRow({ ...growing, kind: "message", at: new Date(byServer()).toISOString() });
    row.dataset.pending = growing.key;
    row.dataset.growing = "";
    this.#rows.set(name, { row });
    this.#scroll.keeping(() => this.#log.addPending(row));
    this.#forgetLater(name);
  }

  #update(name, growing) {
    this.#scroll.keeping(() => setText(this.#rows.get(name).row, growing));
    this.#forgetLater(name);
  }

  // Whoever writes may pause; but a server that ended tells nothing any more.
  #forgetLater(name) {
    const found = this.#rows.get(name);
    clearTimeout(found.timer);
    found.timer = setTimeout(() => this.#forget(name), FORGET_MS);
  }

  #forget(name) {
    const row = this.#release(name);
    if (row) this.#scroll.keeping(() => this.#log.remove(row));
  }

  #release(name) {
    const found = this.#rows.get(name);
    clearTimeout(found?.timer);
    this.#rows.delete(name);
    return found?.row;
  }
}

const nameOf = ({ author_id: id, key }) => `${id} ${key}`;
