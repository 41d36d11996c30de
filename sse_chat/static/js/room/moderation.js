// What a moderator does about the author of a message: mute, kick or ban, after a word of asking.
import { postToRoom } from "../api.js";
import { find } from "../page.js";
import { dialog, openDialog } from "./dialogs.js";

const DONE = { mute: "was muted", kick: "was kicked", ban: "was banned" };

export class Moderation {
  #form = find("moderate");
  #composer;
  #about = null;

  constructor(composer) {
    this.#composer = composer;
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    // Enter in a field would press the first button: nobody was muted by that.
    this.#form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.target.closest("button")) event.preventDefault();
    });
  }

  ask(row) {
    const { author, authorId } = row.dataset;
    this.#about = { author, authorId };
    this.#form.reset();
    find("moderated", this.#form).textContent = author;
    this.#showProblem("");
    openDialog("moderate");
  }

  async #submit(event) {
    event.preventDefault();
    const { author, authorId } = this.#about;
    const act = event.submitter.value;
    const { minutes, reason, purge } = this.#form.elements;
    const answer = await postToRoom("/moderation", {
      act,
      who: authorId,
      ...(act !== "kick" && { minutes: minutes.value }),
      ...(reason.value.trim() && { reason: reason.value }),
      ...(purge.checked && { purge: "1" }),
    });
    if (!answer.ok) return this.#showProblem(answer.reason);
    dialog("moderate").close();
    const until = act === "kick" ? "" : ` ${minutes.selectedOptions[0].text.toLowerCase()}`;
    return this.#composer.note(`${author} ${DONE[act]}${until}.`);
  }

  #showProblem(reason) {
    const problem = find("problem", this.#form);
    problem.textContent = reason;
    problem.hidden = !reason;
  }
}
