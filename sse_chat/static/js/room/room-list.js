// The list of rooms: one that is new shows as soon as something is said in it.
import { clone, find, page, part, roomPath } from "../page.js";

const MOST = 500;

export class RoomList {
  #list = find("rooms");

  constructor(connection) {
    connection.addEventListener("activity", ({ detail }) => this.#add(detail.room));
    connection.addEventListener("entry", () => this.#add(page.room));
  }

  // The most recent come first, as the server lists them.
  #add(room) {
    if (this.#list.querySelector(`a[data-room="${room}"]`)) return;
    const row = clone("room");
    const link = row.firstElementChild;
    link.href = roomPath("", room);
    link.dataset.room = room;
    if (room === page.room) link.setAttribute("aria-current", "page");
    part(row, "name").textContent = room;
    this.#list.prepend(row);
    if (this.#list.childElementCount > MOST) this.#list.lastElementChild.remove();
  }
}
