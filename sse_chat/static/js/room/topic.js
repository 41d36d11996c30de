// The topic in the header follows the room.
import { find } from "../page.js";
import { openDialog } from "./dialogs.js";

const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}']/gi;

export function setUpTopic(connection) {
  const topic = find("topic");
  topic.addEventListener("click", () => show(topic.textContent));
  connection.addEventListener("entry", ({ detail }) => {
    if (detail.kind === "topic") topic.textContent = topic.title = detail.text;
  });
}

// In full, with its links; in the header there is room for its beginning.
function show(text) {
  if (!text) return;
  const shown = find("topic-text");
  shown.replaceChildren();
  let at = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const link = document.createElement("a");
    link.href = link.textContent = found[0];
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    shown.append(text.slice(at, found.index), link);
    at = found.index + found[0].length;
  }
  shown.append(text.slice(at));
  openDialog("topic");
}
