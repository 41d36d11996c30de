// Reactions below a message: who reacted with what. Adding the same one twice changes nothing.
import { page, part } from "../page.js";

export function showReactions(row, reactions) {
  const list = part(row, "reactions");
  list.replaceChildren();
  for (const { emoji, count, authors, author_ids: ids } of reactions) {
    ids.forEach((id, index) => addTo(list, emoji, id, authors[index]));
    const button = buttonOf(list, emoji);
    // Of many people the server names the first.
    button.dataset.more = count - ids.length;
    show(button, ids);
  }
  list.hidden = !list.childElementCount;
}

/** From a `reaction` entry. */
export function applyReaction(row, { text: emoji, removed, author, author_id: id }) {
  const list = part(row, "reactions");
  if (removed) removeFrom(list, emoji, id, author);
  else addTo(list, emoji, id, author);
  list.hidden = !list.childElementCount;
}

export function hasReacted(row, emoji) {
  const button = buttonOf(part(row, "reactions"), emoji);
  return Boolean(button) && idsOf(button).includes(page.authorId);
}

export const markOwn = (row) => {
  for (const button of row.querySelectorAll(".reaction")) show(button, idsOf(button));
};

const idsOf = (button) => button.dataset.ids.split(" ").filter(Boolean);
const buttonOf = (list, emoji) =>
  [...list.querySelectorAll("button")].find((each) => each.dataset.emoji === emoji);

function addTo(list, emoji, id, author) {
  const button = buttonOf(list, emoji) ?? makeButton(list, emoji);
  const ids = idsOf(button);
  if (ids.includes(id)) return;
  button.title = button.title ? `${button.title}, ${author}` : author;
  show(button, [...ids, id]);
}

function removeFrom(list, emoji, id, author) {
  const button = buttonOf(list, emoji);
  if (!button || !idsOf(button).includes(id)) return;
  const ids = idsOf(button).filter((each) => each !== id);
  if (!ids.length && !Number(button.dataset.more)) {
    button.parentElement.remove();
    return;
  }
  button.title = button.title.split(", ").filter((each) => each !== author).join(", ");
  show(button, ids);
}

function makeButton(list, emoji) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reaction";
  button.dataset.emoji = emoji;
  button.dataset.ids = "";
  button.append(emoji, " ", document.createElement("span"));
  item.append(button);
  list.append(item);
  return button;
}

function show(button, ids) {
  button.dataset.ids = ids.join(" ");
  button.querySelector("span").textContent = ids.length + Number(button.dataset.more ?? 0);
  button.setAttribute("aria-pressed", String(ids.includes(page.authorId)));
}
