// Day lines and groups: what a row looks like because of the row before it.
import { clone, part } from "../page.js";
import { dayName, dayOf } from "../times.js";

const GROUP_MS = 5 * 60 * 1000;

export function isMessage(element) {
  return element?.classList.contains("message") ?? false;
}

export function rowBefore(element) {
  let before = element?.previousElementSibling;
  while (before && !isMessage(before)) before = before.previousElementSibling;
  return before ?? null;
}

export function rowAfter(element) {
  let after = element?.nextElementSibling;
  while (after && !isMessage(after)) after = after.nextElementSibling;
  return after ?? null;
}

/** Sets the day line before this row, and whether it goes on with the group before it. */
export function regroup(row) {
  if (!row) return;
  const before = rowBefore(row);
  const day = dayOf(row.dataset.at);
  const beginsDay = !before || dayOf(before.dataset.at) !== day;
  const lines = between(before, row);
  const days = lines.filter((each) => each.classList.contains("day"));
  if (!beginsDay || days.length > 1 || days[0]?.dataset.day !== day) {
    days.forEach((each) => each.remove());
    if (beginsDay) row.before(makeDayLine(day));
  }
  const isApart = lines.some((each) => !each.classList.contains("day"));
  row.classList.toggle("continued", !beginsDay && !isApart && goesOn(before, row));
}

function between(before, row) {
  const found = [];
  let each = row.previousElementSibling;
  for (; each && each !== before; each = each.previousElementSibling) found.push(each);
  return found;
}

function goesOn(before, row) {
  const plain = (each) => each.dataset.kind === "message" && !each.classList.contains("action");
  return (
    plain(before) &&
    plain(row) &&
    part(row, "quote").hidden &&
    !("failed" in row.dataset) &&
    before.dataset.authorId === row.dataset.authorId &&
    before.dataset.author === row.dataset.author &&
    new Date(row.dataset.at) - new Date(before.dataset.at) < GROUP_MS
  );
}

function makeDayLine(day) {
  const line = clone("day");
  line.dataset.day = day;
  part(line, "day").dateTime = day;
  return nameDay(line);
}

/** "Today" is so only until midnight: also for lines that are there already. */
export function nameDay(line) {
  part(line, "day").textContent = dayName(line.dataset.day);
  return line;
}
