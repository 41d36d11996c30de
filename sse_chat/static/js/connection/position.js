// Position: how far a room was read, and what of the arriving is news: each entry once, in order.

import { isAfter, START } from "./cursor.js";

const EPHEMERAL = new Set(["presence", "typing", "growing", "activity", "muted", "unmuted"]);

export class Position {
  #lastGap = "";

  constructor(cursor) {
    this.cursor = cursor || START;
  }

  // {name, detail, before} to tell the page, or null for what it knows or need not know.
  accept(event) {
    if (event.kind === "gap") return this.#acceptGap(event);
    if (EPHEMERAL.has(event.kind)) return { name: event.kind, detail: event, before: null };
    const isEntry = event.id && !["ping", "hello", "bye"].includes(event.kind);
    if (!isEntry || !isAfter(event.id, this.cursor)) return null;
    const before = this.cursor;
    this.cursor = event.id;
    return { name: "entry", detail: event, before };
  }

  // A feed and a look beside it may both tell of one gap.
  #acceptGap(gap) {
    const known = `${gap.after} ${gap.oldest} ${gap.reason}`;
    if (known === this.#lastGap) return null;
    this.#lastGap = known;
    // After a reset the ids may be lower than what was read before.
    if (gap.reason === "reset") this.cursor = START;
    return { name: "gap", detail: gap, before: null };
  }
}
