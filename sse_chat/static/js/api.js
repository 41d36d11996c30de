// Requests that end. Every one answers with an Answer and never throws.
import { ask, postAs, Reply } from "./asking.js";
import { callOf, page, path } from "./page.js";
import { moment, noteServerTime } from "./times.js";

const STALLED_MS = 5000;
// How long somebody is silenced or away, where it is told in words.
const UNTIL = /until (\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC/;

/** Says "stalled" when an answer is slow to come, "answered" once none is, and "clock" when the
 *  device's clock turns out to be wrong, or set right. */
export const requests = new EventTarget();
let stalled = 0;

export class Answer extends Reply {
  get reason() {
    if (this.status === 0) return "Can’t reach the server";
    return sentence(this.body?.detail ?? `The server answered ${this.status}`);
  }
}

/** What the server says, by the reader's own clock. */
export function sentence(detail) {
  const local = detail.replace(UNTIL, (_, day, time) => "until " + moment(`${day}T${time}Z`));
  return local.charAt(0).toUpperCase() + local.slice(1);
}

export const get = (rest) => watch(ask(path(rest), { headers: { Accept: "application/json" } }));

// Only as whom the page shows; `isAnyones`: as whoever the browser speaks for by now.
export function post(rest, fields = {}, { key, isAnyones = false } = {}) {
  return watch(postAs(isAnyones ? "" : page.authorId || "none", path(rest), fields, key));
}

export const postToRoom = (rest, fields, options) =>
  post(callOf(rest), fields, options);

async function watch(asked) {
  let isStalled = false;
  const timer = setTimeout(() => {
    isStalled = true;
    stalled += 1;
    requests.dispatchEvent(new Event("stalled"));
  }, STALLED_MS);
  const { status, body, retryAfterS, date } = await asked;
  clearTimeout(timer);
  if (isStalled) stalled -= 1;
  if (isStalled && !stalled) requests.dispatchEvent(new Event("answered"));
  if (date && noteServerTime(date)) requests.dispatchEvent(new Event("clock"));
  return new Answer(status, body, retryAfterS);
}
