// HTML that the server made from Markdown and cleaned. It is cleaned here once more: only these
// elements and attributes are ever built, whatever the feed says.
import { addCopyButtons } from "../copying.js";

const ELEMENTS = new Set(
  "P BR A STRONG EM B I S DEL CODE PRE BLOCKQUOTE UL OL LI SPAN HR TABLE THEAD TBODY TR TH TD".split(" "),
);
// Within them, what has a direction of its own would not count for theirs.
const DIRECTED = "blockquote, ul, ol, p, table";
const ATTRIBUTES = { A: ["href", "title"], SPAN: ["class"], OL: ["start"], CODE: ["class"], LI: ["class"], TH: ["align"], TD: ["align"] };
const SAFE_LINK = /^(https?:|mailto:|[/?#])/i;

export function insertMarkup(body, html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const clean = document.createDocumentFragment();
  copyChildren(parsed.body, clean);
  body.replaceChildren(clean);
  dressCode(body);
}

/** The same for what the server wrote into the first page. */
export function adoptMarkup(body) {
  for (const each of body.querySelectorAll(DIRECTED)) direct(each, each.parentElement);
  dressCode(body);
}

function dressCode(body) {
  body.dataset.html = "";
  addCopyButtons(body);
  // Most pages show no code that names its language.
  if (body.querySelector("code[class]")) import("./colours.js").then(({ colourCode }) => colourCode(body));
}

function direct(element, parent) {
  if (element.matches(DIRECTED) && parent.nodeName !== "BLOCKQUOTE") element.dir = "auto";
}

/** The words alone, on one line. */
export function wordsOf(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return parsed.body.textContent.replace(/\s+/g, " ").trim();
}

function copyChildren(from, to) {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.append(node.data);
    else if (node.nodeType === Node.ELEMENT_NODE) copyElement(node, to);
  }
}

function copyElement(element, to) {
  if (!ELEMENTS.has(element.tagName)) {
    copyChildren(element, to);
    return;
  }
  const copy = document.createElement(element.tagName);
  for (const name of ATTRIBUTES[element.tagName] ?? []) {
    const value = element.getAttribute(name);
    if (value !== null && (name !== "href" || SAFE_LINK.test(value))) copy.setAttribute(name, value);
  }
  if (copy.tagName === "A") {
    copy.rel = "noopener noreferrer nofollow";
    copy.target = "_blank";
  }
  // Each has the direction of its own words.
  direct(copy, to);
  copyChildren(element, copy);
  to.append(copy);
}
