// The keyboard: from anywhere to the field, from message to message, and help.
import { isMessage, rowAfter, rowBefore } from "../log/grouping.js";
import { textOf } from "../log/row.js";
import { find, page, part } from "../page.js";
import { openDialog } from "./dialogs.js";
import { step as stepRoom } from "./room-list.js";

export function setUpKeys(parts) {
  const { log, composer, context, search, actions, scroll, switcher } = parts;
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const isWriting = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    const isEmptyField = event.target === composer.field && !composer.text;
    const isControl = event.ctrlKey || event.metaKey;
    if (isControl && !event.shiftKey && isLetter(event, "k")) switcher.open();
    else if (isControl && event.shiftKey && isLetter(event, "f") && page.offers("search")) {
      search.open();
    }
    else if (event.altKey && event.shiftKey && event.key === "ArrowUp") step(log, rowBefore);
    else if (event.altKey && event.shiftKey && event.key === "ArrowDown") step(log, rowAfter, composer);
    else if (event.altKey && event.key === "ArrowUp") stepRoom(-1);
    else if (event.altKey && event.key === "ArrowDown") stepRoom(1);
    else if (event.key === "?" && !isWriting) openDialog("keys");
    else if (event.key === "Escape") escape(parts);
    else if (event.key === "ArrowUp" && isEmptyField && !context.row) editLast(log, actions, context);
    else if (event.key === "PageUp" && isEmptyField) scroll.box.scrollBy(0, -scroll.box.clientHeight * 0.9);
    else if (event.key === "PageDown" && isEmptyField) scroll.box.scrollBy(0, scroll.box.clientHeight * 0.9);
    else if (isTypedElsewhere(event, isWriting)) {
      composer.focus();
      return;
    } else return;
    event.preventDefault();
  });
}

// With Caps Lock too; by its place where the letters are those of another script.
const isLetter = ({ key, code }, letter) =>
  key.toLowerCase() === letter || (!/^[a-z]$/i.test(key) && code === `Key${letter.toUpperCase()}`);

function step(log, next, composer) {
  const current = document.activeElement.closest?.("[data-log] > li");
  let row = current ? next(current) : log.rows.at(-1);
  // One that is on its way has no button yet.
  while (isMessage(row) && !buttonOf(row)) row = next(row);
  if (isMessage(row)) {
    // Else only its button is read out.
    buttonOf(row).setAttribute("aria-description", `${row.dataset.author}: ${textOf(row)}`);
    buttonOf(row).focus();
  } else if (composer) composer.focus();
  row?.scrollIntoView({ block: "nearest" });
}

const buttonOf = (row) => find("retry", row) ?? (row.dataset.id ? part(row, "more") : null);

function escape({ context, arrivals, composer, scroll }) {
  if (context.row) context.cancel();
  else if (!scroll.isStuck) {
    arrivals.toNewest();
    composer.focus();
  } else if (composer.text) composer.focus();
  // Out of the field: single keys such as ? are heard then.
  else document.activeElement.blur();
}

function editLast(log, actions, context) {
  const own = log.rows.findLast(
    (row) => row.dataset.id && row.dataset.kind === "message" && actions.isOwn(row),
  );
  if (own) context.edit(own);
}

// A letter typed while nothing has the focus is meant for the field.
function isTypedElsewhere({ key, ctrlKey, metaKey, altKey, target }, isWriting) {
  const isPlain = key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey;
  return isPlain && !isWriting && !target.closest?.("button, a, [role=toolbar]");
}
