// A line in the log where entries are missing.
import { clone, part } from "../page.js";
import { moment } from "../times.js";

export function makeGapLine({ reason, oldest }) {
  const line = clone("gap");
  const isNew = reason === "reset" || !oldest;
  part(line, "text").textContent = isNew
    ? "This room was reset; earlier messages are gone"
    : `Messages before ${moment(Number(oldest.split("-")[0]))} are no longer kept`;
  return line;
}
