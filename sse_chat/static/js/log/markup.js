// HTML that the server made from Markdown and cleaned. It is cleaned here once more: only these
// elements and attributes are ever built, whatever the feed says.
const ELEMENTS = new Set(
  "P BR A STRONG EM B I S DEL CODE PRE BLOCKQUOTE UL OL LI SPAN HR".split(" "),
);
const ATTRIBUTES = { A: ["href", "title"], SPAN: ["class"], OL: ["start"], CODE: ["class"] };
const SAFE_LINK = /^(https?:|mailto:|[/?#])/i;
const COPIED_MS = 1500;

export function insertMarkup(body, html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const clean = document.createDocumentFragment();
  copyChildren(parsed.body, clean);
  body.replaceChildren(clean);
  body.dataset.html = "";
  addCopyButtons(body);
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
  copyChildren(element, copy);
  to.append(copy);
}

export function addCopyButtons(body) {
  for (const code of body.querySelectorAll("pre")) {
    const box = document.createElement("div");
    box.className = "code";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", () => copyText(button, code.textContent));
    code.replaceWith(box);
    box.append(code, button);
  }
}

async function copyText(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => (button.textContent = "Copy"), COPIED_MS);
}
