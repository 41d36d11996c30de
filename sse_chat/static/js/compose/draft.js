// What was begun in this room, kept by the tab itself and for the browser. There no tab takes the place
// of what another one has begun: it then keeps its own beside it.
import { Kept } from "../kept.js";
import { page } from "../page.js";

const NAME = `draft:${page.root}/${page.room}`;

export class Draft {
  #own = new Kept(NAME, { isPerTab: true });
  #shared;
  #text = this.#own.read("");

  constructor() {
    const places = [NAME, ...Kept.names(`${NAME}+`)].map((name) => new Kept(name));
    const isIt = (text) => text && (!this.#text || text === this.#text);
    this.#shared = places.find((each) => isIt(each.read(""))) ?? places[0];
    this.#text ||= this.#shared.read("");
  }

  get text() {
    return this.#text;
  }

  set text(text) {
    if (text === this.#text) return;
    const there = this.#shared.read("");
    if (there && there !== this.#text) this.#moveOn();
    this.#text = text;
    this.#own.write(text);
    this.#shared.write(text);
  }

  /** The tab may close: what was written in it stays, though another tab has gone on from there. */
  leave() {
    if (!this.#text || this.#own.read("") !== this.#text || this.#shared.read("") === this.#text) return;
    this.#moveOn();
    this.#shared.write(this.#text);
  }

  #moveOn() {
    this.#shared = new Kept(`${NAME}+${Math.random()}`);
  }
}
