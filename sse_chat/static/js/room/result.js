// A message in a list of some that were found.
import { wordsOf } from "../log/markup.js";
import { showShortNames } from "../log/short-names.js";
import { page, roomPath, titleOf } from "../page.js";
import { moment } from "../times.js";

/** A link to a message; `q` is marked in its text. */
export function makeResult({ id, room, author, text, html, at }, q = "") {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `${roomPath("", room)}?at=${id}#m${id}`;
  const head = document.createElement("div");
  head.className = "muted";
  const where = room === page.room ? "" : ` · ${titleOf(room)}`;
  head.textContent = `${author}${where} · ${moment(at)}`;
  const body = document.createElement("div");
  body.dir = "auto";
  markFound(body, html ? wordsOf(html) : text, q);
  showShortNames(body);
  link.append(head, body);
  item.append(link);
  return item;
}

function markFound(body, text, q) {
  const start = q ? text.toLowerCase().indexOf(q.toLowerCase()) : -1;
  if (start < 0) {
    body.textContent = text;
    return;
  }
  const mark = document.createElement("mark");
  mark.textContent = text.slice(start, start + q.length);
  body.append(text.slice(0, start), mark, text.slice(start + q.length));
}
