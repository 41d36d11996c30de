// What a reply answers: from the log where it is shown there, else asked for once.
import { get } from "../api.js";
import { page, part } from "../page.js";

const QUOTED = 120;
const asked = new Map();

export async function setQuote(link, id, quote) {
  link.hidden = !id;
  if (!id) return;
  link.href = `?at=${id}#m${id}`;
  show(link, quote ?? shown(id) ?? { text: "…" });
  if (!quote && !shown(id)) show(link, await ask(id));
}

function show(link, { author, text }) {
  const name = document.createElement("b");
  name.textContent = author ?? "";
  link.replaceChildren(name, author ? ` ${text}` : text);
}

function shown(id) {
  const row = document.getElementById(`m${id}`);
  if (!row) return null;
  const text = part(row, "body").textContent.trim().slice(0, QUOTED);
  return { author: row.dataset.author, text };
}

function ask(id) {
  if (!asked.has(id)) asked.set(id, read(id));
  return asked.get(id);
}

async function read(id) {
  const { ok, body } = await get(`/chat/${page.room}/messages/${id}`);
  if (!ok) return { text: "a message that is no longer here" };
  return { author: body.author, text: body.text.slice(0, QUOTED) };
}
