// Where a row stands in the log: by its id, as the lines of deleted messages do, but never above a
// gap line, as ids begin anew after a reset.
import { isAfter } from "../connection/cursor.js";
import { isMessage } from "./grouping.js";

/** The row or line to stand after; null when all of them come later, or there are none. */
export function placeOf(list, id, itself = null) {
  let place = list.lastElementChild;
  while (place && (place === itself || !isBefore(place, id))) place = place.previousElementSibling;
  return place;
}

/** The row or line with a place before a row, or null. */
export function neighbour(row) {
  let each = row.previousElementSibling;
  while (each && !isMessage(each) && !isGap(each) && !idOf(each)) each = each.previousElementSibling;
  return each;
}

const isGap = (element) => element.classList.contains("gap");

// Of a line for several, that of the first.
const idOf = ({ dataset: { id, deleted } }) => id ?? deleted?.split(" ")[0];

function isBefore(element, id) {
  return isGap(element) || (Boolean(idOf(element)) && isAfter(id, idOf(element)));
}
