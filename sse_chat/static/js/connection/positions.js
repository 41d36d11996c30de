// Positions: how far each room of a feed was read, and what of the arriving is news.

import { isAfter } from "./cursor.js";
import { Position } from "./position.js";

const MAX_ROOMS = 100; // as the server has it

export class Positions {
  #rooms = new Map();
  #fed = new Set(); // the rooms that the running feed brings

  get rooms() {
    return [...this.#rooms.keys()];
  }

  /** [room, id] of each. */
  get cursors() {
    return [...this.#rooms].map(([room, { cursor }]) => [room, cursor]);
  }

  /** The same, of those that the running feed brings. */
  get fed() {
    return this.cursors.filter(([room]) => this.#fed.has(room));
  }

  has(room) {
    return this.#rooms.has(room);
  }

  get isFull() {
    return this.#rooms.size >= MAX_ROOMS;
  }

  add(room, cursor) {
    this.#rooms.set(room, new Position(cursor));
  }

  remove(room) {
    this.#rooms.delete(room);
    this.#fed.delete(room);
  }

  /** A feed from these cursors on has begun. */
  begin(cursors) {
    this.#fed = new Set(this.#covered(cursors));
  }

  /** Of the running feed: the news, as Position's. */
  accept(event) {
    // It tells of rooms that are not read.
    if (event.kind === "activity") return [{ name: "activity", detail: event, before: null }];
    return this.#news([event], this.#fed);
  }

  /** Of the answer to a question for what follows these cursors. */
  acceptPage(events, cursors) {
    return this.#news(events, new Set(this.#covered(cursors)));
  }

  #news(events, covered) {
    const known = events.filter(({ room }) => covered.has(room));
    return known.map((event) => this.#rooms.get(event.room).accept(event)).filter(Boolean);
  }

  // A room may have been left and asked for again meanwhile, from further back.
  #covered(cursors) {
    const isCovered = ([room, id]) => this.has(room) && !isAfter(id, this.#rooms.get(room).cursor);
    return cursors.filter(isCovered).map(([room]) => room);
  }
}
