// A new room with its topic and who can see it, in one dialog.
import { post } from "../api.js";
import { callOf, path } from "../page.js";
import { toRoomName } from "./room-name.js";

const SEEN_BY = [["public", "everyone"], ["members", "people with an account"], ["invited", "invited people"]];

export function openNewRoom() {
  // Asked for several times while this file was on its way.
  if (document.getElementById("new-room-title")) return;
  const dialog = make("dialog", { className: "card" });
  dialog.setAttribute("aria-labelledby", "new-room-title");
  const form = make("form", {});
  const room = make("input", {
    name: "room", required: true, maxLength: 64, placeholder: "team", autocomplete: "off",
    title: "a-z, 0-9, _ and -",
  });
  const topic = make("input", { name: "topic", maxLength: 300, autocomplete: "off" });
  const seenBy = make("select", { name: "visibility" });
  seenBy.append(...SEEN_BY.map(([value, text]) => new Option(text, value)));
  const problem = make("p", { className: "problem", hidden: true, role: "alert" });
  const create = make("button", { className: "button primary", textContent: "Create room" });
  const cancel = make("button", { className: "button plain", type: "button", textContent: "Cancel" });
  cancel.dataset.closeDialog = "";
  const row = make("div", { className: "row" });
  row.append(create, " ", cancel);
  form.append(
    make("h2", { id: "new-room-title", textContent: "Create a room" }),
    labelled("Name", room),
    labelled("Topic (optional)", topic),
    labelled("Who can see it", seenBy),
    problem,
    row,
  );
  // What it will be called is seen before it is.
  room.addEventListener("change", () => (room.value = toRoomName(room.value) || room.value));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    create.disabled = true;
    const reason = await makeRoom(toRoomName(room.value) || room.value, topic.value.trim(), seenBy.value);
    create.disabled = false;
    problem.hidden = !reason;
    problem.textContent = reason;
  });
  dialog.append(form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

let made = null;

/** Leads there; answers why it did not. */
async function makeRoom(room, topic, visibility) {
  // Made already, where only its topic was refused.
  const answer = room === made ? { ok: true } : await post("/rooms", { room, visibility });
  if (!answer.ok) return answer.reason;
  made = room;
  const named = topic ? await post(callOf("/topic", room), { text: topic }) : answer;
  if (!named.ok) return named.reason;
  location.assign(path(callOf("", room)));
  return "";
}

function labelled(text, field) {
  const label = make("label", {});
  label.append(text, " ", field);
  return label;
}

const make = (name, properties) => Object.assign(document.createElement(name), properties);
