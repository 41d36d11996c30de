// Times as the reader's own clock and language write them.
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });
const DAY_MS = 24 * 3600 * 1000;

export const clock = (at) => CLOCK.format(new Date(at));
export const full = (at) => FULL.format(new Date(at));

/** The local day of a moment, as 2026-11-23. */
export function dayOf(at) {
  const date = new Date(at);
  const two = (number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function dayName(day, now = Date.now()) {
  if (day === dayOf(now)) return "Today";
  if (day === dayOf(now - DAY_MS)) return "Yesterday";
  const date = new Date(`${day}T12:00`);
  const isThisYear = date.getFullYear() === new Date(now).getFullYear();
  return (isThisYear ? DAY : DAY_AND_YEAR).format(date);
}
