// The lists of rooms, by name, and of conversations, the newest first: one that is new shows as soon
// as something is said in it.
import { clone, find, isConversation, page, part, roomPath, titleOf } from "../page.js";

const MOST = 500;
const roomOf = (row) => row.firstElementChild.dataset.room;
const byName = (a, b) => (roomOf(a) < roomOf(b) ? -1 : 1);

export class RoomList {
  #rooms = find("rooms");
  #conversations = find("conversations");

  #settings;

  constructor(connection, settings, unread) {
    this.#settings = settings;
    settings.addEventListener("changed", () => this.#arrange());
    this.#arrange();
    showCurrent();
    connection.addEventListener("activity", ({ detail }) => this.#add(detail.room));
    connection.addEventListener("entry", () => this.#add(page.room));
    // One that was new before the feed began.
    unread.addEventListener("unread", ({ detail }) => detail.forEach((room) => this.#add(room)));
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
    list.prepend(row);
    this.#arrange();
    if (room === page.room) showCurrent();
    if (list.childElementCount > MOST) list.lastElementChild.remove();
    if (isDirect) find("conversations-part").hidden = false;
  }

  // Favourites first; among each, rooms by name and conversations as they are.
  #arrange() {
    const isFavourite = (row) => this.#settings.get("favourite", roomOf(row));
    for (const list of [this.#rooms, this.#conversations]) {
      const rows = [...list.children];
      const sorted = [...rows].sort(
        (a, b) => isFavourite(b) - isFavourite(a) || (list === this.#rooms ? byName(a, b) : 0),
      );
      if (sorted.some((row, index) => row !== rows[index])) list.replaceChildren(...sorted);
      for (const row of sorted) {
        row.toggleAttribute("data-favourite", isFavourite(row));
        row.toggleAttribute("data-quiet", this.#settings.get("quiet", roomOf(row)));
        row.toggleAttribute("data-left", this.#settings.get("left", roomOf(row)));
      }
    }
  }
}

export const roomLinks = () => [...document.querySelectorAll(".side .rooms a[data-room]")];
const shownLinks = () => roomLinks().filter((link) => link.offsetParent);

/** To the room above or below in the list. */
export function step(by) {
  const links = shownLinks();
  const here = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[(here + by + links.length) % links.length];
  if (next && links.length > 1) next.click();
}

// Where there are more rooms than fit. The document itself must not scroll.
function showCurrent() {
  const side = find("drawer");
  const link = side.querySelector("[aria-current]");
  if (!link) return;
  for (const box of [link.closest("ul"), side]) {
    const { top, bottom } = link.getBoundingClientRect();
    const edge = box.getBoundingClientRect();
    if (top < edge.top || bottom > edge.bottom) box.scrollTop += top - edge.top - box.clientHeight / 2;
  }
}
