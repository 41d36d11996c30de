// Whom a message will tell, said above the field while it is written: the server knows.
import { postToRoom } from "../api.js";
import { find, page } from "../page.js";

const ASK_AFTER_MS = 400;
const SHOWN = 4;
const HERE = /(^|\s)[@\uff20]here\b/i;

export class MentionPreview {
  #line = find("mention-preview");
  #composer;
  #timer;
  #asked = "";

  constructor(composer) {
    this.#composer = composer;
    if (!page.offers("mentions")) return;
    composer.addEventListener("changed", () => this.#changed());
    this.#changed();
  }

  #changed() {
    clearTimeout(this.#timer);
    const { text } = this.#composer;
    if (/[@\uff20]\S/.test(text)) this.#timer = setTimeout(() => this.#ask(text), ASK_AFTER_MS);
    else this.#show("");
  }

  async #ask(text) {
    this.#asked = text;
    const answer = await postToRoom("/mentions", { text });
    // Nothing is said of a text that has changed since.
    if (answer.ok && this.#composer.text === this.#asked) this.#show(sentence(answer.body, text));
  }

  #show(text) {
    this.#line.textContent = text;
    this.#line.hidden = !text;
  }
}

function sentence({ people, unknown }, text) {
  const sentences = [];
  // Two of one name are told apart as in the list of who is here.
  const isShared = (name) => people.filter((person) => person.name === name).length > 1;
  const label = ({ name, author_id: id }) => (isShared(name) ? `${name} (${id.slice(-4)})` : name);
  if (people.length) sentences.push(`Will notify ${list(people.map(label))}.`);
  else if (!unknown.length && HERE.test(text)) sentences.push("Nobody else is here.");
  if (unknown.length) sentences.push(`Nobody here is called ${list(unknown, "or")}.`);
  return sentences.join(" ");
}

function list(names, last = "and") {
  const shown = names.slice(0, SHOWN);
  const more = names.length - shown.length;
  if (more) shown.push(`${more} more`);
  if (shown.length < 2) return shown.join("");
  return `${shown.slice(0, -1).join(", ")} ${last} ${shown.at(-1)}`;
}
