// Scroll-back: pages of history above, and below when the log has let go of the newest.
import { get } from "../api.js";
import { nonce } from "../connection/address.js";
import { isAfter, START } from "../connection/cursor.js";
import { callOf, find, page } from "../page.js";

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
  #newestUnderway = null;

  constructor(log, scroll) {
    super();
    this.#log = log;
    this.#scroll = scroll;
    this.#earlier.addEventListener("click", (event) => {
      event.preventDefault();
      this.#loadEarlier();
    });
    // What is shown begins with the oldest that is kept.
    log.addEventListener("begun", () => {
      this.#setOldest("");
      this.#later.hidden = log.attached;
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

  /** The newest page in place of what is shown; false when there is none to be had. */
  async reload() {
    const query = `?limit=${PAGE}`;
    const { answer, underway } = await this.#ask(query, (mine) => (this.#newestUnderway = mine));
    // Only the one that was chosen last.
    if (underway !== this.#newestUnderway) return this.#log.attached;
    if (!answer.ok || !underway.isComplete) return false;
    const { events, more } = answer.body;
    this.#log.clear();
    this.#log.insertPage(events, { atTop: true, more, underway });
    this.#setOldest(more ? (events[0]?.id ?? "") : "");
    this.#attach(underway, answer.body.cursor);
    this.#scroll.toEnd();
    return true;
  }

  /** The page around this id in place of what is shown, detached from the newest. */
  async around(id) {
    const { answer, underway } = await this.#ask(`?around=${id}&limit=${PAGE}`);
    if (!answer.ok || !underway.isComplete || !answer.body.events.length) return;
    const { events, more } = answer.body;
    this.#scroll.keeping(
      () => {
        this.#log.clear();
        this.#log.attached = false;
        this.#log.insertPage(events, { atTop: true, more, underway });
        this.#setOldest(more ? events[0].id : "");
        this.#newest = events.at(-1).id;
        this.#later.hidden = false;
      },
      { isLoose: true },
    );
    this.dispatchEvent(new Event("detached"));
  }

  #attach(underway, cursor) {
    this.#newest = cursor;
    this.#log.attach(underway);
    this.#later.hidden = this.#log.attached;
  }

  #look() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroll.box;
    if (scrollTop < AHEAD_PX && this.#oldest) this.#loadEarlier();
    const isLow = scrollHeight - scrollTop - clientHeight < AHEAD_PX;
    if (isLow && !this.#log.attached) this.#loadLater();
  }

  async #loadEarlier(limit = PAGE) {
    const loaded = await this.#load(`?before=${this.#oldest}&limit=${limit}`);
    if (!loaded) return;
    const { events, more, underway } = loaded;
    this.#scroll.keeping(() => {
      this.#log.insertPage(events, { atTop: true, more, underway });
      this.#setOldest(more ? events[0].id : "");
      if (!this.#scroll.isStuck && this.#log.trim({ fromTop: false })) this.cutBottom();
    });
    this.dispatchEvent(new Event("earlier"));
  }

  async #loadLater() {
    const loaded = await this.#load(`?after=${this.#newest}&limit=${PAGE}`);
    if (!loaded) return;
    const { events, cursor, more, gap, underway } = loaded;
    const insert = () => {
      if (gap) this.#log.passGap(gap);
      this.#log.insertPage(events, { atTop: false, underway });
      this.#newest = cursor;
      if (!more) this.#attach(underway, cursor);
      if (this.#log.trim({ fromTop: true })) this.cutTop();
    };
    this.#scroll.keeping(insert, { isLoose: true });
    if (!this.#log.attached) this.#look();
  }

  /** One page at a time; null when it does not come, or no longer fits what is shown. */
  async #load(query) {
    if (this.#loading) return null;
    this.#loading = this.#ask(query);
    const { answer, underway } = await this.#loading;
    this.#loading = null;
    if (!answer.ok) return null;
    const isFitting = underway.generation === this.#log.generation && underway.isComplete;
    if (isFitting) return { ...answer.body, underway };
    this.#look();
    return null;
  }

  async #ask(query, begun = () => {}) {
    const underway = this.#log.expectPage();
    begun(underway);
    const answer = await get(callOf(`/messages${query}&nonce=${nonce()}`));
    this.#log.noLongerExpect(underway);
    return { answer, underway };
  }

  #setOldest(id) {
    this.#oldest = id;
    this.#earlier.hidden = !id;
    this.#earlier.href = `?before=${id}`;
    find("beginning").hidden = Boolean(id);
  }
}
