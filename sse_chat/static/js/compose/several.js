// A text over the limit, as several messages: parted between paragraphs, else lines, else words.
import { find, page } from "../page.js";
import { isCommand } from "./commands.js";

const MAX = 20;
const FENCE = "```";
// A longer line that opens code is opened again without its language.
const MAX_OPENING = 40;
const encoder = new TextEncoder();

/** Above the field, beside what is wrong. */
export function offerSeveral({ composer, context, outbox }) {
  const { text } = composer;
  const block = find("block");
  const isOther = context.isEdit || isCommand(text) || text.length > MAX * page.maxText;
  const pieces = isOther ? [] : split(text, page.maxText);
  if (pieces.length < 2 || pieces.length > MAX || block.querySelector("button")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.textContent = `Send as ${pieces.length} messages`;
  button.addEventListener("click", () => send(pieces, text, { composer, outbox }));
  block.append(" ", button);
}

function send([first, ...others], text, { composer, outbox }) {
  composer.text = first;
  composer.submit();
  // It waits for a name, or is a command that there is not.
  if (composer.text) composer.text = text;
  else for (const each of others) outbox.send(each);
}

/** Each of at most so many bytes; code that is parted is closed and opened again. */
export function split(text, maxBytes) {
  const pieces = [];
  let rest = text;
  while (sizeOf(rest) > maxBytes) {
    const [piece, end] = cut(rest, maxBytes - FENCE.length - 1);
    const opening = openingAt(piece);
    pieces.push(opening ? `${piece}\n${FENCE}` : piece);
    rest = (opening ? `${opening}\n` : "") + rest.slice(end);
  }
  return [...pieces, rest].filter((each) => each.trim());
}

const sizeOf = (text) => encoder.encode(text).length;

/** What fits, and where the rest begins: in the second half, as the first may be all that was opened
 * again. */
function cut(text, maxBytes) {
  const { read } = encoder.encodeInto(text, new Uint8Array(maxBytes));
  const fitting = text.slice(0, read);
  for (const gap of ["\n\n", "\n", " "]) {
    const at = fitting.lastIndexOf(gap);
    if (at > read / 2) return [text.slice(0, at), at + gap.length];
  }
  const at = lastBreak(fitting) || read;
  return [text.slice(0, at), at];
}

// Chinese and Japanese have no blanks; an emoji may be many characters.
function lastBreak(text) {
  const from = text.length >> 1;
  const words = new Intl.Segmenter(undefined, { granularity: "word" }).segment(text.slice(from));
  const last = [...words].at(-1).index;
  return last && from + last;
}

/** The line that opened the code in which this text ends, or "". */
function openingAt(text) {
  let opening = "";
  for (const line of text.split("\n")) {
    if (!line.startsWith(FENCE)) continue;
    if (opening) opening = line.trim() === FENCE ? "" : opening;
    else opening = line.length > MAX_OPENING ? FENCE : line;
  }
  return opening;
}
