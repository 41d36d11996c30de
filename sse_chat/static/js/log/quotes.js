// What a reply answers, as its entry tells it. Of a deleted message nothing is told.
import { clone, part } from "../page.js";
import { wordsOf } from "./markup.js";
import { showShortNames } from "./short-names.js";

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
  showShortNames(link);
}

/** After an edit: those who quote the message show what it says now, be it shown itself or not. */
export function quoteAnew(list, { target, text, html }) {
  const words = (html ? wordsOf(html) : text).replace(/^\/me /, "").slice(0, QUOTED);
  for (const link of quotesOf(list, target)) {
    show(link, { author: link.querySelector("b")?.textContent ?? "", text: words });
  }
}

export function forgetQuotes(list, id) {
  const gone = part(clone("message"), "quote").textContent;
  for (const link of quotesOf(list, id)) link.replaceChildren(gone);
}

const quotesOf = (list, id) => list.querySelectorAll(`.quote[data-to="${CSS.escape(id)}"]`);
