// A list of the messages that name the reader, in all rooms.
import { get } from "../api.js";
import { find } from "../page.js";
import { openDialog } from "./dialogs.js";
import { makeResult } from "./result.js";

export async function showMentions() {
  const [state, list] = [find("mentions-state"), find("mentions-list")];
  list.replaceChildren();
  state.textContent = "Loading…";
  openDialog("mentions");
  const answer = await get("/mentions");
  const events = answer.ok ? answer.body.events : [];
  list.replaceChildren(...events.map((entry) => makeResult(entry)));
  const empty = "Nobody has mentioned you yet.";
  state.textContent = answer.ok ? (events.length ? "" : empty) : answer.reason;
}
