// Scroll-back: pages of history above, and below when the log has let go of the newest.
import { get } from "../api.js";
import { isAfter, START } from "../connection/cursor.js";
import { find, page } from "../page.js";
import { isShown } from "./row.js";

const PAGE = 50;
// As many as the log still has room for, beside the first page.
const FAR = 250;
const AHEAD_PX = 600;

export class History extends EventTarget {
  #log;
  #scroll;
  #earlier = find("earlier");
  #later = find("later");
  #oldest = document.body.dataset.oldest;
  #newest = document.body.dataset.newest;
  #loading = null;

  constructor(log, scroll) {
    super();
    this.#log = log;
    this.#scroll = scroll;
    this.#earlier.addEventListener("click", (event) => {
      event.preventDefault();
      this.#loadEarlier();
    });
    scroll.box.addEventListener("scroll", () => this.#look(), { passive: true });
  }

  /** The top was cut off: what is above it can be loaded again. */
  cutTop() {
    this.#setOldest(this.#log.firstId ?? "");
  }

  cutBottom() {
    this.#newest = this.#log.lastRow.dataset.id;
    this.#later.hidden = false;
  }

  /** Whether what is shown goes back to this id, or to the beginning. */
  reaches(id) {
    return !this.#oldest || !isAfter(this.#log.firstId ?? START, id);
  }

  /** Goes back towards this id, one large page at most. */
  async reach(id) {
    await this.#loading;
    if (!this.reaches(id)) await this.#loadEarlier(FAR);
  }

  /** The newest page in place of what is shown. */
  async reload() {
    if (!(await this.#replace(`?limit=${PAGE}`))) return;
    this.#log.attached = true;
    this.#later.hidden = true;
    this.#scroll.toEnd();
  }

  async #replace(query) {
    const answer = await get(`/chat/${page.room}/messages${query}`);
    if (!answer.ok) return false;
    this.#log.clear();
    this.#log.insertPage(answer.body.events, { atTop: true });
    this.#setOldest(answer.body.more ? (answer.body.events[0]?.id ?? "") : "");
    return true;
  }

  #look() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll.box;
    if (scrollTop < AHEAD_PX && this.#oldest) this.#loadEarlier();
    const isLow = scrollHeight - scrollTop - clientHeight < AHEAD_PX;
    if (isLow && !this.#log.attached) this.#loadLater();
  }

  async #loadEarlier(limit = PAGE) {
    const answer = await this.#load(`?before=${this.#oldest}&limit=${limit}`);
    if (!answer) return;
    const { events, more } = answer.body;
    this.#scroll.keeping(() => {
      this.#log.insertPage(events, { atTop: true });
      this.#setOldest(more ? events[0].id : "");
      if (!this.#scroll.isStuck && this.#log.trim({ fromTop: false })) this.cutBottom();
    });
    this.dispatchEvent(new Event("earlier"));
  }

  async #loadLater() {
    const answer = await this.#load(`?after=${this.#newest}&limit=${PAGE}`);
    if (!answer) return;
    const { events, cursor, more } = answer.body;
    const insert = () => {
      this.#log.insertPage(events.filter(isShown), { atTop: false });
      this.#newest = cursor;
      // What came by the feed while this page was on its way is in the next one.
      this.#log.attached = !more && !isAfter(this.#log.newestSeen, cursor);
      this.#later.hidden = this.#log.attached;
      if (this.#log.trim({ fromTop: true })) this.cutTop();
    };
    this.#scroll.keeping(insert, { isLoose: true });
    if (!this.#log.attached) this.#look();
  }

  async #load(query) {
    if (this.#loading) return null;
    this.#loading = get(`/chat/${page.room}/messages${query}`);
    const answer = await this.#loading;
    this.#loading = null;
    return answer.ok ? answer : null;
  }

  #setOldest(id) {
    this.#oldest = id;
    this.#earlier.hidden = !id;
    this.#earlier.href = `?before=${id}`;
    find("beginning").hidden = Boolean(id);
  }
}
