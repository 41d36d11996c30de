// The lists of rooms, by name, and of conversations, the newest first: one that is new shows as soon
// as something is said in it.
import { clone, find, isConversation, page, part, roomPath, titleOf } from "../page.js";

const MOST = 500;
const roomOf = (row) => row.firstElementChild.dataset.room;

export class RoomList {
  #rooms = find("rooms");
  #conversations = find("conversations");

  constructor(connection) {
    connection.addEventListener("activity", ({ detail }) => this.#add(detail.room));
    connection.addEventListener("entry", () => this.#add(page.room));
  }

  #add(room) {
    const isDirect = isConversation(room);
    const list = isDirect ? this.#conversations : this.#rooms;
    if (list.querySelector(`a[data-room="${CSS.escape(room)}"]`)) return;
    const row = clone(isDirect ? "conversation" : "room");
    const link = row.firstElementChild;
    link.href = roomPath("", room);
    link.dataset.room = room;
    if (room === page.room) link.setAttribute("aria-current", "page");
    part(row, "name").textContent = isDirect ? titleOf(room) : room;
    const after = isDirect
      ? list.firstElementChild
      : [...list.children].find((each) => roomOf(each) > room);
    list.insertBefore(row, after ?? null);
    if (list.childElementCount > MOST) list.lastElementChild.remove();
    if (isDirect) find("conversations-part").hidden = false;
  }
}
