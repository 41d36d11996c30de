// What a reply answers, as its entry tells it. Of a deleted message nothing is told.
import { clone, part } from "../page.js";

const QUOTED = 140;

export function setQuote(link, id, quote) {
  link.hidden = !id;
  if (!id) return;
  link.href = `?at=${id}#m${id}`;
  link.dataset.to = id;
  if (quote) show(link, quote);
}

function show(link, { author, text }) {
  const name = document.createElement("b");
  name.textContent = author;
  link.replaceChildren(name, ` ${text}`);
}

/** After an edit: those who quote this row show what it says now. */
export function quoteAnew(list, row) {
  const text = part(row, "body").textContent.trim().slice(0, QUOTED);
  for (const link of quotesOf(list, row.dataset.id)) {
    show(link, { author: row.dataset.author, text });
  }
}

export function forgetQuotes(list, id) {
  const gone = part(clone("message"), "quote").textContent;
  for (const link of quotesOf(list, id)) link.replaceChildren(gone);
}

const quotesOf = (list, id) => list.querySelectorAll(`.quote[data-to="${CSS.escape(id)}"]`);
