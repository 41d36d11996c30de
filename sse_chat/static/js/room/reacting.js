// A reaction beyond the few in the toolbar: any emoji, typed or found by its name.
import { EMOJI } from "../compose/emoji.js";
import { find } from "../page.js";
import { dialog, openDialog } from "./dialogs.js";

export class Reacting {
  #form = find("reacting");
  #choices = find("emoji-choices");
  #actions;
  #row = null;

  constructor(actions) {
    this.#actions = actions;
    actions.addEventListener("react", ({ detail }) => this.#ask(detail));
    this.#form.addEventListener("input", () => this.#offer());
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const first = this.#choices.querySelector("button")?.value;
      this.#react(event.submitter?.value || (this.#typed && (first ?? this.#typed)));
    });
  }

  get #typed() {
    return this.#form.elements.emoji.value.trim();
  }

  #ask(row) {
    this.#row = row;
    this.#form.reset();
    this.#offer();
    openDialog("react");
  }

  // Names that contain what is typed; all of them while nothing is.
  #offer() {
    const wanted = this.#typed.replace(/^:|:$/g, "").toLowerCase();
    const found = new Map([...EMOJI].filter(([name]) => name.includes(wanted)).map(swap));
    this.#choices.replaceChildren(...[...found].map(makeChoice));
  }

  #react(emoji) {
    if (!emoji) return;
    dialog("react").close();
    this.#actions.react(this.#row, emoji);
  }
}

// By emoji, since some have two names.
const swap = ([name, emoji]) => [emoji, name];

function makeChoice([emoji, name]) {
  const button = document.createElement("button");
  button.value = emoji;
  button.textContent = emoji;
  button.title = name;
  button.setAttribute("aria-label", name.replaceAll("_", " "));
  return button;
}
