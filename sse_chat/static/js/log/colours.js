// Syntax colours for fenced code that names its language: asked for once it is in view, as lengths of
// what is there already, so that nothing but text is ever put into the page.
import { postToRoom } from "../api.js";

const MAX_BLOCKS = 20;
const MAX_CHARS = 16_000;
const MAX_TRIES = 3;
const LATER_S = 3;
// Those of names, which can be read on any ground here; "" is muted.
const HUES = {
  comment: "",
  keyword: 10,
  type: 6,
  function: 8,
  string: 4,
  number: 1,
  attribute: 9,
  deleted: 0,
  inserted: 5,
};

let waiting = [];
let isAsking = false;
const view = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    // What is being written changes with each letter.
    if (!isIntersecting || target.closest(".preview")) continue;
    view.unobserve(target);
    waiting.push(target);
  }
  askAll();
});

export function colourCode(within) {
  for (const code of within.querySelectorAll("pre > code[class]")) view.observe(code);
}

async function askAll() {
  if (isAsking) return;
  isAsking = true;
  let tries = 0;
  while (waiting.length && tries < MAX_TRIES) {
    const codes = takeSome();
    const blocks = codes.map((code) => ({ language: languageOf(code), code: code.textContent }));
    const answer = await postToRoom("/highlight", { blocks });
    if (answer.ok) answer.body.blocks.forEach((spans, at) => spans && colour(codes[at], spans));
    else if (answer.mayWorkLater) {
      waiting = [...codes, ...waiting];
      tries += 1;
      await new Promise((goOn) => setTimeout(goOn, 1000 * (answer.retryAfterS ?? LATER_S)));
    }
  }
  isAsking = false;
}

function takeSome() {
  // Rows that have gone meanwhile are nobody's.
  waiting = waiting.filter((code) => code.isConnected);
  let chars = 0;
  const isMore = ({ textContent }) => (chars += textContent.length) > MAX_CHARS;
  const end = waiting.slice(0, MAX_BLOCKS).findIndex(isMore);
  return waiting.splice(0, end < 0 ? MAX_BLOCKS : Math.max(end, 1));
}

const languageOf = (code) => code.className.replace(/^language-/, "");

function colour(code, spans) {
  const { textContent } = code;
  const parts = [];
  let at = 0;
  for (const [kind, length] of spans) {
    const text = textContent.slice(at, (at += length));
    parts.push(kind in HUES ? makePart(text, HUES[kind]) : text);
  }
  code.replaceChildren(...parts, textContent.slice(at));
}

function makePart(textContent, hue) {
  const part = Object.assign(document.createElement("span"), { textContent });
  part.dataset.hue = hue;
  return part;
}
