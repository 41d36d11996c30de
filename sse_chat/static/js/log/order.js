// Where a row stands in the log: by its id, but never above a gap line, as ids begin anew after a
// reset.
import { isAfter } from "../connection/cursor.js";
import { isMessage } from "./grouping.js";

/** The row or gap line to stand after; null when all of them come later, or there are none. */
export function placeOf(list, id, itself = null) {
  let place = list.lastElementChild;
  while (place && (place === itself || !isBefore(place, id))) place = place.previousElementSibling;
  return place;
}

/** The row or gap line before a row, or null. */
export function neighbour(row) {
  let each = row.previousElementSibling;
  while (each && !isMessage(each) && !isGap(each)) each = each.previousElementSibling;
  return each;
}

const isGap = (element) => element.classList.contains("gap");

function isBefore(element, id) {
  if (!isMessage(element)) return isGap(element);
  return Boolean(element.dataset.id) && isAfter(id, element.dataset.id);
}
