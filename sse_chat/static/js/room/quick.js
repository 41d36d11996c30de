// Reactions by one click: a few emoji in the row below the pointer. They stay what they are until the
// page is loaded anew: what moves below the pointer is hit by mistake.
import { page } from "../page.js";
import { recentEmoji } from "./recent-emoji.js";

const USUAL = ["👍", "❤️", "😂"];

export function setUpQuickReactions(list) {
  if (!page.offers("reactions")) return;
  const bar = document.createElement("div");
  bar.className = "quick";
  const offered = [...new Set([...recentEmoji(), ...USUAL])].slice(0, USUAL.length);
  bar.append(...offered.map(makeButton));
  list.addEventListener("pointerover", ({ target, pointerType, buttons }) => {
    const row = target.closest(".message[data-id]");
    if (row && row !== bar.parentElement && pointerType === "mouse" && !buttons) row.append(bar);
  });
}

function makeButton(emoji) {
  const button = document.createElement("button");
  // The keyboard has the toolbar.
  Object.assign(button, { type: "button", tabIndex: -1, textContent: emoji });
  button.dataset.react = emoji;
  button.setAttribute("aria-label", `React with ${emoji}`);
  return button;
}
