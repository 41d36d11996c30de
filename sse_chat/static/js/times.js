// Times as the reader's own clock and language write them.
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

// So far a device's clock may be off, and answers late, before the server's counts in its place.
const MAX_OFF_MS = 600_000;
let offMs = 0;

/** `date`: the header of an answer that has just come. Whether that changes what day it is here. */
export function noteServerTime(date) {
  const before = offMs;
  const ms = Date.parse(date) - Date.now();
  offMs = Math.abs(ms) > MAX_OFF_MS ? ms : 0;
  return Math.abs(offMs - before) > MAX_OFF_MS;
}

/** A moment by the device's clock as the server's has it. */
export const byServer = (ms = Date.now()) => ms + offMs;

export const clock = (at) => CLOCK.format(new Date(at));
export const full = (at) => FULL.format(new Date(at));

/** The local day of a moment, as 2026-11-23. */
export function dayOf(at) {
  const date = new Date(at);
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** "Today", "Yesterday" in the reader's language, or the date. */
export function dayName(day, now = byServer()) {
  const word = relativeDay(day, now);
  if (word) return word.charAt(0).toLocaleUpperCase() + word.slice(1);
  const date = new Date(`${day}T12:00`);
  const isThisYear = date.getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? DAY : DAY_AND_YEAR).format(date);
}

/** Within a sentence: "today 5:05 PM". */
export function moment(at) {
  const day = dayOf(at);
  return `${relativeDay(day, byServer()) ?? dayName(day)} ${clock(at)}`;
}

// Yesterday is the day before, which may have had 23 hours or 25.
function relativeDay(day, now) {
  const date = new Date(now);
  if (day === dayOf(date)) return RELATIVE.format(0, "day");
  date.setHours(12);
  date.setDate(date.getDate() - 1);
  return day === dayOf(date) ? RELATIVE.format(-1, "day") : null;
}
