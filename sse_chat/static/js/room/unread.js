// What is unread: the line in the log, the badges of the rooms, the title, the dot on the icon.
//
// The server keeps the read position, so that tabs and devices agree.
import { get, postToRoom } from "../api.js";
import { isAfter, START } from "../connection/cursor.js";
import { page } from "../page.js";
import { showBadges } from "./badges.js";
import { UnreadLine } from "./unread-line.js";

const TELL_AFTER_MS = 500;
// Later than a tab that shows the room tells; apart, as all pages hear of a message at once.
const ASK_AFTER_MS = 700;
const ASK_SPREAD_MS = 500;
// Where a busy room is heard of each second, its count need not be asked for as often.
const ASK_AGAIN_MS = 5_000;
const ASK_EVERY_MS = 60_000;
// What is shown as unread may be read on another device meanwhile.
const ASK_WHILE_UNREAD_MS = 5_000;

export class Unread extends EventTarget {
  #log;
  #scroll;
  #settings;
  #title = document.title;
  #icon = document.querySelector("link[rel=icon]");
  #plainIcon = this.#icon.href;
  #channel = globalThis.BroadcastChannel && new BroadcastChannel(`sse-chat:${page.root}:read`);
  #line;
  #read = null;
  #here = 0;
  #mentions = 0;
  #counted = new Map(); // room -> how many mentions were told last
  #isCounted = false;
  #hasBadges = false;
  #askTimer = null;
  #askAt = Infinity;
  #askedAt = -Infinity;
  #tellTimer;
  // Until then nothing counts as read: the page may show the newest, far below what is unread.
  #isStarted = false;
  // Marked unread on purpose: watching on is no reading.
  #isLeft = false;

  constructor({ connection, log, scroll, history, arrivals }, settings) {
    super();
    this.#settings = settings;
    settings.addEventListener("changed", () => this.#askIn(0));
    this.#log = log;
    this.#scroll = scroll;
    this.#line = new UnreadLine({ log, scroll, history });
    connection.addEventListener("activity", ({ detail }) => this.#heard(detail));
    // What was said elsewhere before the feed began, or while it was away, is not told again.
    connection.addEventListener("state", ({ detail: { state } }) => state === "live" && this.#askAgain());
    arrivals.addEventListener("shown", ({ detail }) => this.#arrived(detail));
    arrivals.addEventListener("seen", () => this.#look());
    for (const name of ["focus", "visibilitychange"]) addEventListener(name, () => this.#comeBack());
    document.addEventListener("visibilitychange", () => document.hidden || this.#askIn(0));
    this.#channel?.addEventListener("message", () => this.askSoon());
  }

  /** Asks for the first time; puts the line where reading stopped last time. */
  async start({ isAtTarget }) {
    const room = await this.#ask();
    // Who follows a link stays where it leads.
    const isBehind = room?.unread && room.read && room.read !== START;
    if (isBehind && !isAtTarget) await this.#line.showAfter(room.read);
    this.#isStarted = true;
    this.#look();
  }

  #comeBack() {
    this.#isLeft &&= !document.hasFocus() || document.hidden;
    this.#look();
  }

  askSoon() {
    this.#askIn(ASK_AFTER_MS + Math.random() * ASK_SPREAD_MS);
  }

  // Something was said in another room. A page that nobody sees tells of mentions only.
  #heard({ room, mentions }) {
    if (mentions.includes(page.authorId)) this.askSoon();
    // Before the first answer, which may have been counted before it, any room may be one of them.
    else if (!document.hidden && (!this.#isCounted || this.#counted.has(room))) this.#askAgain();
  }

  #askAgain() {
    const restMs = this.#askedAt + ASK_AGAIN_MS - performance.now();
    this.#askIn(Math.max(restMs, ASK_AFTER_MS) + Math.random() * ASK_SPREAD_MS);
  }

  #askIn(ms) {
    const at = performance.now() + ms;
    if (at >= this.#askAt) return;
    this.#askAt = at;
    clearTimeout(this.#askTimer);
    this.#askTimer = setTimeout(() => this.#ask(), ms);
  }

  async #ask() {
    clearTimeout(this.#askTimer);
    this.#askAt = Infinity;
    this.#askedAt = performance.now();
    if (!page.offers("unread")) return null;
    const here = page.name ? await this.#askServer() : null;
    const isSeen = this.#hasBadges && !document.hidden;
    this.#askIn(isSeen ? ASK_WHILE_UNREAD_MS : ASK_EVERY_MS);
    return here;
  }

  async #askServer() {
    const answer = await get("/unread");
    if (!answer.ok) return null;
    this.#mentions = 0;
    this.#hasBadges = false;
    let here = null;
    const rooms = answer.body.rooms.map((room) => this.#asWanted(room));
    for (const room of rooms) {
      if (room.room === page.room) here = room;
      else {
        this.#mentions += room.mentions;
        this.#hasBadges ||= room.unread > 0;
      }
      this.#count(room);
    }
    this.#isCounted = true;
    const unread = rooms.filter((each) => each.unread).map(({ room }) => room);
    this.dispatchEvent(new CustomEvent("unread", { detail: unread }));
    showBadges(rooms);
    if (here) this.#agree(here);
    this.#showTitle();
    return here;
  }

  #asWanted(room) {
    const unread = room.room === page.room ? room.unread : this.#settings.unreadIn(room);
    return { ...room, unread, mentions: Math.min(room.mentions, unread) };
  }

  #count({ room, mentions, read }) {
    // What was there before the page is no news; a room that comes later is all new.
    const known = this.#counted.get(room) ?? (this.#isCounted ? 0 : mentions);
    this.#counted.set(room, mentions);
    if (room === page.room || mentions <= known) return;
    this.dispatchEvent(new CustomEvent("named", { detail: { room, which: `${read}:${mentions}` } }));
  }

  // Another tab or device may have read on.
  #agree({ read, unread }) {
    this.#read = read;
    if (!unread) this.#here = 0;
  }

  get #isWatching() {
    return this.#isStarted && !this.#isLeft && !document.hidden && document.hasFocus() && this.#scroll.isStuck && this.#log.attached;
  }

  #arrived(entries) {
    const others = entries.filter(
      ({ kind, author_id: id }) => kind === "message" && id !== page.authorId,
    );
    if (!this.#isWatching && others.length) {
      this.#line.showBefore(this.#log.row(others[0].id));
      this.#here += others.length;
      this.#showTitle();
    }
    this.#look();
  }

  #look() {
    if (!this.#isWatching) return;
    if (this.#here) {
      this.#here = 0;
      this.#showTitle();
    }
    clearTimeout(this.#tellTimer);
    this.#tellTimer = setTimeout(() => this.#tell(), TELL_AFTER_MS);
  }

  /** From this message on; nothing counts as read again before one comes back to the page. */
  async markFrom(row) {
    this.#isLeft = true;
    clearTimeout(this.#tellTimer);
    const answer = await postToRoom("/read", { id: row.dataset.id, unread: "1" });
    if (!answer.ok) return answer.reason;
    this.#read = null;
    this.#line.putBefore(row);
    this.#channel?.postMessage("read");
    return "Marked unread, until you come back to this room.";
  }

  async #tell() {
    const id = this.#log.newestSeen;
    if (!page.offers("unread") || !page.name || !this.#isWatching || id === START) return;
    if (this.#read && !isAfter(id, this.#read)) return;
    this.#read = id;
    await postToRoom("/read", { id });
    this.#channel?.postMessage("read");
  }

  #showTitle() {
    const count = this.#here + this.#mentions;
    document.title = count ? `(${count}) ${this.#title}` : this.#title;
    const icon = count ? this.#plainIcon.replace(/icon\.svg$/, "icon-dot.svg") : this.#plainIcon;
    // Set again, it would be fetched again.
    if (this.#icon.href !== icon) this.#icon.href = icon;
  }
}
