// The topic in the header follows the room.
import { find } from "../page.js";

export function setUpTopic(connection) {
  const topic = find("topic");
  connection.addEventListener("entry", ({ detail }) => {
    if (detail.kind === "topic") topic.textContent = topic.title = detail.text;
  });
}
