// Who is typing: told at most every few seconds, forgotten after five.
import { postToRoom } from "../api.js";
import { find, page } from "../page.js";

const TELL_EVERY_MS = 3000;
const FORGET_MS = 5000;

export class Typing {
  #line = find("typing");
  #until = new Map();
  #timer;
  #toldAt = -TELL_EVERY_MS;

  constructor(connection, composer, settings) {
    connection.addEventListener("typing", ({ detail }) => this.#hear(detail));
    connection.addEventListener("entry", ({ detail }) => this.#forget(detail.author_id));
    composer.field.addEventListener("input", () => {
      const isWriting = composer.text.trim() && !composer.text.startsWith("/");
      if (isWriting && page.name && page.offers("typing") && settings.get("typing")) this.#tell();
    });
  }

  #tell() {
    if (performance.now() - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = performance.now();
    postToRoom("/typing");
  }

  #hear({ author, author_id: id }) {
    if (id === page.authorId) return;
    this.#until.set(id, { author, at: performance.now() + FORGET_MS });
    this.#show();
  }

  #forget(id) {
    // The sender's own next key is told again at once.
    if (id === page.authorId) this.#toldAt = -TELL_EVERY_MS;
    if (this.#until.delete(id)) this.#show();
  }

  #show() {
    clearTimeout(this.#timer);
    const now = performance.now();
    for (const [id, { at }] of this.#until) if (at <= now) this.#until.delete(id);
    const names = [...this.#until.values()].map(({ author }) => author);
    this.#line.textContent = sentence(names);
    const next = Math.min(...[...this.#until.values()].map(({ at }) => at));
    if (names.length) this.#timer = setTimeout(() => this.#show(), next - now + 10);
  }
}

function sentence(names) {
  if (!names.length) return "";
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length <= 3) return `${names.slice(0, -1).join(", ")} and ${names.at(-1)} are typing…`;
  return "Several people are typing…";
}
