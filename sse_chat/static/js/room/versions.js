// What a message said before its edits, for moderators: a dialog that is made when it is asked for.
import { get } from "../api.js";
import { callOf } from "../page.js";
import { moment } from "../times.js";

export async function showVersions({ dataset: { id, author } }) {
  const answer = await get(callOf(`/messages/${id}/versions`));
  const dialog = make("dialog", { className: "card wide" });
  dialog.setAttribute("aria-labelledby", "versions-title");
  const title = make("h2", { id: "versions-title", textContent: `Versions of what ${author} wrote` });
  const close = make("button", { type: "button", className: "button primary", textContent: "Close" });
  close.dataset.closeDialog = "";
  const list = make("ol", { className: "results" });
  const versions = answer.ok ? answer.body.versions : [];
  list.append(...versions.map(makeVersion));
  const problem = make("p", { className: "problem", textContent: answer.ok ? "" : answer.reason });
  const row = make("div", { className: "row" });
  row.append(close);
  dialog.append(title, problem, list, row);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function makeVersion({ at, text, author }, index) {
  const item = make("li", {});
  const about = index ? `Edited by ${author}, ${moment(at)}` : `Written by ${author}, ${moment(at)}`;
  const words = make("p", { className: "whole", dir: "auto", textContent: text });
  item.append(words, make("p", { className: "muted", textContent: about }));
  return item;
}

const make = (name, properties) => Object.assign(document.createElement(name), properties);
