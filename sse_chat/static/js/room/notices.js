// Desktop notices, for those who asked for them, and only of what no tab shows them.
import { isConversation, page, titleOf } from "../page.js";
import { Watched } from "./watched.js";

export class Notices {
  #watched = new Watched();
  #settings;
  #log;
  #scroll;

  constructor({ arrivals, log, scroll }, unread, settings) {
    this.#settings = settings;
    this.#log = log;
    this.#scroll = scroll;
    arrivals.addEventListener("shown", ({ detail }) => this.#arrived(detail));
    unread.addEventListener("named", ({ detail }) => this.#named(detail));
    navigator.serviceWorker?.addEventListener("message", ({ data }) => {
      if (data.name === "show") this.#goTo(data.id);
    });
  }

  #arrived(entries) {
    const wanted = entries.filter((entry) => this.#isWanted(entry)).at(-1);
    if (!wanted) return;
    const { author, text, id } = wanted;
    this.#tell(page.dm ? author : `${author} in ${page.where}`, { room: page.room, text, id });
  }

  #isWanted({ kind, author_id: id, mentions = [] }) {
    if (kind !== "message" || id === page.authorId) return false;
    if (this.#settings.get("all")) return true;
    const isForMe = (page.dm && !this.#settings.get("quiet")) || mentions.includes(page.authorId);
    return this.#settings.get("notices") && isForMe;
  }

  // A tab that has the room open tells of it itself, and in its words.
  async #named({ room, which }) {
    if (!this.#settings.get("notices") || (await this.#watched.isOpen(room))) return;
    const what = isConversation(room) ? "New message from" : "You were mentioned in";
    this.#tell(`${what} ${titleOf(room)}`, { room, which });
  }

  async #tell(title, about) {
    if (this.#watched.isHere || (await this.#watched.has(about.room))) return;
    const { notify } = await import("./notify.js");
    await notify(title, about, { hasSound: this.#settings.get("sound"), goTo: (id) => this.#goTo(id) });
  }

  #goTo(id) {
    if (!id) return;
    const row = this.#log.row(id);
    if (row) this.#scroll.toRow(row);
    else location.assign(`?at=${id}#m${id}`);
  }
}
