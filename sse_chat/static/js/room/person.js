// A person's card: who somebody is, and what one can do about them.
import { get, post } from "../api.js";
import { callOf, find, page, path } from "../page.js";
import { moment } from "../times.js";
import { dialog, openDialog } from "./dialogs.js";

const ROLES = {
  owner: "Owner of this room",
  moderator: "Moderator of this room",
  member: "Has an account",
  guest: "Guest: a name without an account",
  ended: "This account has ended",
};
const DAY = { dateStyle: "medium" };

export class PersonCard {
  #dialog = dialog("person");
  #message = find("person-message", this.#dialog);
  #block = find("person-block", this.#dialog);
  #ignore = find("person-ignore", this.#dialog);
  #wrote = find("person-wrote", this.#dialog);
  #composer;
  #muted;
  #person = null;

  constructor({ composer, muted, search }) {
    this.#composer = composer;
    this.#muted = muted;
    this.#ignore.addEventListener("click", () => this.#toggleIgnored());
    this.#block.addEventListener("click", () => this.#toggleBlocked());
    this.#wrote.addEventListener("click", () => {
      this.#dialog.close();
      search.openBy(this.#person.name);
    });
  }

  /** `known`: what is shown until the server has answered. */
  async open(id, known = {}) {
    this.#show({ author_id: id, name: "", ...known });
    openDialog("person");
    const answer = await get(callOf(`/people/${encodeURIComponent(id)}`));
    // Another card may be open by now.
    if (this.#person.author_id !== id) return;
    if (answer.ok) this.#show(answer.body);
    // A bot, or a guest of long ago, is known by what they wrote.
    else if (answer.status !== 404) this.#problem(answer.reason);
  }

  #show(person) {
    this.#person = person;
    const { author_id: id, name, role, since, last_here: lastHere, here, dm } = person;
    const isMe = id === page.authorId;
    find("person-name", this.#dialog).textContent = isMe && name ? `${name} (you)` : name;
    find("person-role", this.#dialog).textContent = ROLES[role] ?? "";
    const facts = [
      since && ["Account since", new Date(since).toLocaleDateString(undefined, DAY)],
      (here || lastHere) && ["Last here", here ? "here now" : moment(lastHere)],
    ];
    find("person-facts", this.#dialog).replaceChildren(...facts.filter(Boolean).map(makeFact));
    this.#message.hidden = !dm || id === page.dm;
    this.#message.textContent = isMe ? "Notes to yourself" : "Message";
    this.#wrote.textContent = `What ${isMe ? "you" : "they"} wrote here`;
    if (dm) this.#message.href = path(callOf("", `dm:${dm}`));
    this.#block.hidden = !dm || isMe;
    this.#showChoices();
    this.#problem("");
  }

  #showChoices() {
    const { author_id: id, name, blocked } = this.#person;
    const isIgnored = this.#muted.has(name);
    this.#ignore.hidden = !name || id === page.authorId;
    this.#ignore.textContent = isIgnored ? "Stop ignoring" : "Ignore";
    this.#block.textContent = blocked ? "Unblock" : "Block";
  }

  #toggleIgnored() {
    const { name } = this.#person;
    const isIgnored = this.#muted.has(name);
    if (isIgnored) this.#muted.remove(name);
    else this.#muted.add(name);
    this.#note(isIgnored ? `You see ${name}’s messages again.` : `You won’t see ${name}’s messages.`);
  }

  async #toggleBlocked() {
    const { dm, name, blocked } = this.#person;
    const answer = await post(callOf(blocked ? "/unblock" : "/block", `dm:${dm}`));
    if (!answer.ok) return this.#problem(answer.reason);
    this.#person.blocked = answer.body.blocked;
    // What may be written there is another matter now.
    if (this.#person.author_id === page.dm) return location.reload();
    return this.#note(blocked ? `${name} can write to you again.` : `${name} can no longer write to you.`);
  }

  #note(text) {
    this.#showChoices();
    this.#dialog.close();
    this.#composer.note(text);
  }

  #problem(reason) {
    const problem = find("problem", this.#dialog);
    problem.textContent = reason;
    problem.hidden = !reason;
  }
}

function makeFact([term, text]) {
  const row = document.createElement("div");
  const name = document.createElement("dt");
  const value = document.createElement("dd");
  name.textContent = term;
  value.textContent = text;
  row.append(name, value);
  return row;
}
