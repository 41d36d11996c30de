// Completion while writing: @names, :emoji: and /commands, from tables that others keep.
import { find } from "../page.js";
import { plain } from "./plain.js";

const MAX = 8;

export class Completion {
  #box = find("choices");
  #composer;
  #sources;
  #choices = [];
  #chosen = -1; // None: Enter sends what is typed.
  #from = 0;
  #asked = 0;

  /**
   * `sources`: [{pattern, find(typed) → [{text, label, about, name}]}]; the pattern's group is typed.
   * A source that also has ask(typed) is asked for more, and answers later; one that has load() is
   * asked once that is done.
   */
  constructor(composer, sources) {
    this.#composer = composer;
    this.#sources = sources;
    const { field } = composer;
    composer.addEventListener("changed", () => this.#look());
    // Before the composer's own keys: Enter takes a choice rather than sends.
    field.addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
    field.addEventListener("blur", () => this.#hide());
    this.#box.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const choice = event.target.closest("[role=option]");
      if (choice) this.#take(Number(choice.dataset.index));
    });
    this.#look();
  }

  #look() {
    const { field } = this.#composer;
    const typed = field.value.slice(0, field.selectionStart);
    for (const source of this.#sources) {
      const found = source.pattern.exec(typed);
      if (!found || document.activeElement !== field) continue;
      this.#from = found.index + found[0].length - found.groups.typed.length - 1;
      this.#choices = source.find(found.groups.typed).slice(0, MAX);
      this.#chosen = isMeant(found.groups.typed, this.#choices[0]) ? 0 : -1;
      this.#show();
      this.#load(source);
      if (source.ask && this.#choices.length < MAX) this.#ask(source, found.groups.typed);
      return;
    }
    this.#hide();
  }

  #load(source) {
    const { load } = source;
    delete source.load;
    load?.().then(async (loaded) => {
      this.#look();
      await loaded?.more;
      // What is there already stays where it is.
      if (!this.#choices.length) this.#look();
    });
  }

  // What is there already stays where it is: a choice must not move below the reader's finger.
  async #ask(source, typed) {
    const asked = ++this.#asked;
    const more = await source.ask(typed);
    if (asked !== this.#asked || !more.length) return;
    const known = new Set(this.#choices.map(({ text }) => text));
    this.#choices = [...this.#choices, ...more.filter(({ text }) => !known.has(text))].slice(0, MAX);
    this.#show();
  }

  #show() {
    if (!this.#choices.length) {
      this.#hide();
      return;
    }
    this.#box.replaceChildren(...this.#choices.map((choice, index) => this.#option(choice, index)));
    this.#box.hidden = false;
    const { field } = this.#composer;
    if (this.#chosen < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `choice-${this.#chosen}`);
  }

  #option({ label, about }, index) {
    const option = document.createElement("div");
    option.className = "choice";
    option.id = `choice-${index}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(index === this.#chosen));
    option.dataset.index = index;
    const small = document.createElement("small");
    small.textContent = about ?? "";
    option.append(label, " ", small);
    return option;
  }

  #hide() {
    this.#asked += 1;
    this.#choices = [];
    this.#box.hidden = true;
    this.#composer.field.removeAttribute("aria-activedescendant");
  }

  #onKey(event) {
    // 229: some systems report the Enter that ends a composition after it ended.
    if (!this.#choices.length || event.isComposing || event.keyCode === 229) return;
    // What nobody chose is not meant, and what is typed out in full is: Enter sends it.
    const chosen = this.#choices[this.#chosen];
    if (event.key === "Enter" && (!chosen || event.shiftKey || this.#isTyped(chosen.text))) {
      this.#hide();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const from = this.#chosen < 0 && step < 0 ? 0 : this.#chosen;
      this.#chosen = (from + step + this.#choices.length) % this.#choices.length;
      this.#show();
    } else if (event.key === "Enter" || event.key === "Tab") this.#take(Math.max(this.#chosen, 0));
    else if (event.key === "Escape") this.#hide();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  #isTyped(text) {
    const { field } = this.#composer;
    return field.value.slice(this.#from, field.selectionStart) === text;
  }

  #take(index) {
    this.#composer.insert(`${this.#choices[index].text} `, this.#from);
    this.#hide();
  }
}

// Two letters of its beginning; ":10" is a time, and a lone "@" is one.
const isMeant = (typed, choice) =>
  Boolean(choice?.name) && /^\p{L}{2}/u.test(typed) && plain(choice.name).startsWith(plain(typed));
