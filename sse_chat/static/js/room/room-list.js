// The list of rooms, by name: one that is new shows as soon as something is said in it.
import { clone, find, page, part, roomPath } from "../page.js";

const MOST = 500;
const roomOf = (row) => row.firstElementChild.dataset.room;

export class RoomList {
  #list = find("rooms");

  constructor(connection) {
    connection.addEventListener("activity", ({ detail }) => this.#add(detail.room));
    connection.addEventListener("entry", () => this.#add(page.room));
  }

  #add(room) {
    if (this.#list.querySelector(`a[data-room="${room}"]`)) return;
    const row = clone("room");
    const link = row.firstElementChild;
    link.href = roomPath("", room);
    link.dataset.room = room;
    if (room === page.room) link.setAttribute("aria-current", "page");
    part(row, "name").textContent = room;
    const after = [...this.#list.children].find((each) => roomOf(each) > room);
    this.#list.insertBefore(row, after ?? null);
    if (this.#list.childElementCount > MOST) this.#list.lastElementChild.remove();
  }
}
