// Messages on their way: shown at once, sent one after the other, kept until the server has them.
//
// Each has a key; however often it is sent, it appears once. It is sent by its writer alone.
import { Answer, postToRoom } from "../api.js";
import { clone, find, page, part } from "../page.js";
import { makeRow } from "../log/row.js";
import { regroup } from "../log/grouping.js";
import { byServer } from "../times.js";
import { fieldsOf, isKnown } from "./delivering.js";
import { unsent } from "./unsent.js";

const BACKOFF_MS = [1000, 2000, 4000, 8000];
const OTHERS = "It was written before you signed in";
const GONE = "the message you answered was deleted. Retry sends it without the quote";
const OLD = "It was written more than a day ago";

export class Outbox extends EventTarget {
  #log;
  #scroll;
  #items = [];
  #isSending = false;
  #timer;
  #introduce = null;

  constructor(log, scroll) {
    super();
    this.#log = log;
    this.#scroll = scroll;
    log.addEventListener("settled", ({ detail }) => this.#forget(detail.key));
    // What was on its way when the page was left may have arrived.
    for (const item of unsent.all.filter(({ room }) => room === page.room)) {
      if (log.hasKey(item.key)) unsent.forget(item);
      else this.#show({ ...item, isRefused: false, isWaiting: false, isOld: true, attempts: 0 });
    }
    this.#sendNext();
  }

  send(text, replyTo = null) {
    const at = new Date().toISOString();
    const { room, authorId: by } = page;
    const item = { key: makeKey(), room, text, replyTo, at, by, attempts: 0 };
    this.#show(item);
    unsent.keep(item);
    this.#retryNameless();
    this.#sendNext();
  }

  find(key) {
    return this.#items.find((each) => each.key === key);
  }

  get isWaiting() {
    return this.#items.some((each) => !each.isRefused);
  }

  /** How somebody without a name is given one; what they wrote waits for it. */
  introduceBy(introduce) {
    this.#introduce = introduce;
    this.#sendNext();
  }

  /** The connection is back: what waits goes now. */
  retryAll() {
    for (const item of this.#items) if (item.isWaiting) item.isWaiting = false;
    if (page.authorId) this.#retryNameless();
    this.#sendNext();
  }

  /** Whoever had been signed out has signed in again. */
  retryUnsigned() {
    for (const item of this.#items) if (item.isUnsigned && item.by === page.authorId) this.#retry(item);
  }

  // Nothing was wrong with these but the name.
  #retryNameless() {
    for (const item of this.#items) if (item.isNameless) this.#retry(item);
  }

  #show(item) {
    item.row = makeRow({
      kind: "message",
      author: page.name || "you",
      author_id: page.authorId,
      guest: false,
      text: item.text,
      at: new Date(byServer(Date.parse(item.at))).toISOString(),
      key: item.key,
      reply_to: item.replyTo?.id,
      quote: item.replyTo,
    });
    item.row.dataset.pending = item.key;
    this.#items.push(item);
    this.#scroll.keeping(() => this.#log.addPending(item.row));
  }

  async #sendNext() {
    const item = this.#items.find((each) => !each.isWaiting && !each.isRefused);
    // In order: nothing overtakes a message that is still waiting.
    if (!item || this.#isSending || this.#items.some((each) => each.isWaiting)) return;
    if (!page.authorId && !page.needsName && !this.#introduce) return;
    this.#isSending = true;
    clearTimeout(this.#timer);
    const answer = await this.#send(item);
    this.#isSending = false;
    if (!this.#items.includes(item)) this.#sendNext();
    else if (answer.ok && answer.body?.key === item.key) this.#delivered(item, answer.body);
    else if (answer.ok || answer.mayWorkLater) this.#wait(item, answer);
    else this.#refuse(item, answer);
  }

  async #send(item) {
    if (!page.authorId && !page.needsName) {
      const named = await this.#introduce();
      item.isNameless = !named.ok;
      if (!named.ok) return named;
      this.#adopt(item);
    }
    // Somebody has signed in since, in this very tab.
    if (!item.by && !item.isOld) this.#adopt(item);
    if (item.by !== page.authorId) return new Answer(403, { detail: OTHERS });
    if (item.isOld && !isKnown(item)) return new Answer(403, { detail: OLD });
    return postToRoom("", fieldsOf(item), { key: item.key });
  }

  #adopt(item) {
    item.by = page.authorId;
    unsent.keep(item);
  }

  #delivered(item, entry) {
    if (item.row.isConnected && "pending" in item.row.dataset) {
      this.#scroll.keeping(() => this.#log.settle(item.row, entry));
    } else this.#forget(item.key);
    this.#sendNext();
  }

  #wait(item, answer) {
    item.isWaiting = true;
    const backoffMs = BACKOFF_MS[Math.min(item.attempts, BACKOFF_MS.length - 1)];
    item.attempts += 1;
    const waitMs = Math.max(backoffMs, (answer.retryAfterS ?? 0) * 1000);
    if (answer.status === 429) {
      this.dispatchEvent(new CustomEvent("slow", { detail: { waitMs, reason: answer.reason } }));
    } else {
      this.#showProblem(item, `Not sent yet: ${lower(answer.reason)}. Retrying.`);
    }
    this.#timer = setTimeout(() => this.retryAll(), waitMs);
  }

  #refuse(item, answer) {
    item.isRefused = true;
    const isGone = item.replyTo && answer.body?.field === "reply_to";
    if (isGone) item.replyTo = null;
    unsent.keep(item);
    this.#showProblem(item, `Not sent: ${isGone ? GONE : lower(answer.reason)}.`);
    item.isUnsigned = answer.body?.error === "other_author";
    if (item.isUnsigned) this.dispatchEvent(new Event("other"));
    if (answer.status === 401) this.dispatchEvent(new CustomEvent("sign-in", { detail: answer.reason }));
    else if (item.isNameless) this.dispatchEvent(new Event("name"));
    this.#sendNext();
  }

  #showProblem(item, reason) {
    const { row } = item;
    row.querySelector(".failed")?.remove();
    row.dataset.failed = "";
    const box = clone("failed");
    part(box, "reason").textContent = reason;
    find("retry", box).addEventListener("click", () => this.#retry(item));
    find("discard", box).addEventListener("click", () => this.#discard(item));
    this.#scroll.keeping(() => {
      row.append(box);
      regroup(row);
    });
  }

  #retry(item) {
    item.isRefused = item.isWaiting = item.isOld = item.isNameless = item.isUnsigned = false;
    this.#adopt(item);
    delete item.row.dataset.failed;
    part(item.row, "quote").hidden = !item.replyTo;
    item.row.querySelector(".failed")?.remove();
    this.#sendNext();
  }

  /** Another tab has sent it, or was told not to. */
  drop(key) {
    const item = this.find(key);
    if (item) this.#take(item);
  }

  #take(item) {
    this.#log.remove(item.row);
    this.#forget(item.key);
  }

  #discard(item) {
    this.#take(item);
    this.dispatchEvent(new CustomEvent("discarded", { detail: item.text }));
    this.#sendNext();
  }

  #forget(key) {
    const item = this.find(key);
    if (!item) return;
    unsent.forget(item);
    this.#items = this.#items.filter((each) => each !== item);
  }
}

const lower = (reason) => reason.charAt(0).toLowerCase() + reason.slice(1).replace(/\.$/, "");

// crypto.randomUUID needs a secure context; a chat in a local network may have none.
function makeKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
