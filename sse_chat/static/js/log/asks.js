// A question below its message: the choices as buttons, and who chose what. Without this module
// the server's form does the same.
import { part, roomPath } from "../page.js";

export function showAsk(row, { id, author, ask }) {
  const form = part(row, "ask");
  form.hidden = !ask;
  if (!ask) return;
  form.action = roomPath(`/messages/${id}/answer`);
  const who = part(form, "who");
  who.hidden = !ask.who.length;
  who.textContent = `for ${ask.who.join(", ")}`;
  part(form, "choices").replaceChildren(...ask.choices.map(makeButton));
  if (ask.answer) close(form, `${ask.answer.author} chose: ${ask.answer.choice}`);
  else if (ask.withdrawn) close(form, `${author} took the question back`);
  else part(form, "answer").hidden = true;
}

/** From an `answer` entry; without a text the question was taken back. */
export function applyAnswer(row, { text, author }) {
  const form = part(row, "ask");
  if (form) close(form, text ? `${author} chose: ${text}` : `${author} took the question back`);
}

function close(form, outcome) {
  part(form, "choices").replaceChildren();
  const line = part(form, "answer");
  line.textContent = outcome;
  line.hidden = false;
}

function makeButton(choice) {
  const button = document.createElement("button");
  button.name = "choice";
  button.value = button.textContent = choice;
  button.className = "button choice";
  button.dir = "auto";
  return button;
}
