// An emoji as a reaction or for a message: one of those used last, or any, typed or found by its name
// among all there are.
import { EMOJI, loadAllEmoji } from "../compose/emoji.js";
import { find } from "../page.js";
import { dialog, openDialog } from "./dialogs.js";
import { noteEmoji, recentEmoji } from "./recent-emoji.js";

const SHOWN = 96;

export class EmojiPicker {
  #form = find("reacting");
  #choices = find("emoji-choices");
  #pick = null;
  // [emoji, its names]; those that people type at work until all are here.
  #all = few();

  constructor() {
    this.#form.addEventListener("input", () => this.#offer());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const first = this.#choices.querySelector("button")?.value;
      this.#choose(event.submitter?.value || (this.#typed && (first ?? this.#typed)));
    });
    this.#load();
  }

  /** `pick` gets the emoji. */
  open(pick, { title, button }) {
    this.#pick = pick;
    find("react-title").textContent = title;
    find("react-button").textContent = button;
    this.#form.reset();
    this.#offer();
    openDialog("react");
  }

  async #load() {
    const all = new Map(this.#all);
    for (const [emoji, names] of await loadAllEmoji()) {
      all.set(emoji, [...new Set([...(all.get(emoji) ?? []), ...names])]);
    }
    this.#all = [...all];
    this.#offer();
  }

  get #typed() {
    return this.#form.elements.emoji.value.trim();
  }

  // By the words of their names; those that begin with what is typed come first.
  #offer() {
    const wanted = this.#typed.replace(/^:|:$/g, "").replace(/[\s-]/g, "_").toLowerCase();
    const found = wanted ? this.#search(wanted) : this.#usual();
    this.#choices.replaceChildren(...found.slice(0, SHOWN).map(makeChoice));
  }

  #usual() {
    const names = new Map(this.#all);
    const recent = recentEmoji().map((emoji) => [emoji, names.get(emoji) ?? [emoji]]);
    const others = few().filter(([emoji]) => !recent.some(([each]) => each === emoji));
    return [...recent, ...others];
  }

  #search(wanted) {
    const rank = (names) => Math.min(...names.map((name) => rankOf(name.toLowerCase(), wanted)));
    return this.#all
      .map(([emoji, names]) => ({ emoji, names, rank: rank(names) }))
      .filter((each) => each.rank < Infinity)
      .sort((a, b) => a.rank - b.rank)
      .map(({ emoji, names }) => [emoji, names]);
  }

  #choose(emoji) {
    if (!emoji) return;
    noteEmoji(emoji);
    dialog("react").close();
    this.#pick(emoji);
  }
}

function rankOf(name, wanted) {
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  if (name.includes(`_${wanted}`)) return 2;
  return name.includes(wanted) ? 3 : Infinity;
}

// By emoji, since some have two names.
function few() {
  const found = new Map();
  for (const [name, emoji] of EMOJI) found.set(emoji, [...(found.get(emoji) ?? []), name]);
  return [...found];
}

function makeChoice([emoji, [name]]) {
  const button = document.createElement("button");
  button.value = emoji;
  button.textContent = emoji;
  button.title = name;
  button.setAttribute("aria-label", name.replaceAll("_", " "));
  return button;
}
