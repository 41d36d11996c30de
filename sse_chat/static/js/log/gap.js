// A line in the log where entries are missing.
import { clone, part } from "../page.js";
import { clock } from "../times.js";

export function makeGapLine({ reason, oldest }) {
  const line = clone("gap");
  const isNew = reason === "reset" || !oldest;
  part(line, "text").textContent = isNew
    ? "The room began anew; what was before is no longer kept"
    : `Messages before ${clock(Number(oldest.split("-")[0]))} are no longer kept`;
  return line;
}
