// Signing in without leaving the page: a name for a guest, with its password for an account.
import { get, post } from "../api.js";
import { find, page } from "../page.js";
import { become } from "../speaker.js";
import { dialog, openDialog } from "./dialogs.js";

export class SignIn extends EventTarget {
  #form = find("sign-in");
  #problem = find("problem", this.#form);
  #first = find("first-name");
  #naming = null;

  constructor() {
    super();
    this.#first?.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await this.asGuest();
      if (answer.ok) this.dispatchEvent(new Event("done"));
      else if (answer.status === 401) this.open(answer.reason);
      else this.dispatchEvent(new CustomEvent("problem", { detail: answer.reason }));
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** With why, and the name that was typed above the field. */
  open(reason) {
    this.#show(reason);
    const { name, password } = openDialog("sign-in").querySelector("form").elements;
    name.value ||= this.#first?.elements.name.value ?? "";
    if (name.value) password.focus();
  }

  /** The name above the field was refused. */
  askAgain() {
    this.#first?.elements.name.select();
  }

  async #submit() {
    const { name, password } = Object.fromEntries(new FormData(this.#form));
    const fields = { name, ...(password && { password }) };
    const answer = await post("/session", fields, { isAnyones: true });
    // The second factor is asked for by a page of its own.
    if (answer.body?.error === "code_needed") return this.#form.submit();
    this.#show(answer.ok ? "" : answer.reason);
    if (!answer.ok) return;
    this.#become(answer.body);
    document.querySelector(".me [data-open-dialog]")?.remove();
    this.#form.reset();
    dialog("sign-in").close();
    this.dispatchEvent(new Event("done"));
  }

  #show(problem) {
    this.#problem.hidden = !problem;
    this.#problem.textContent = problem;
  }

  // Nobody has to stop for a name: it is asked for above the field. Who leaves that empty and just
  // writes is a guest with a name of chance, to be changed.
  // However many messages wait for it, and whatever is quicker: one name.
  asGuest() {
    this.#naming ??= this.#takeName().finally(() => (this.#naming = null));
    return this.#naming;
  }

  async #takeName() {
    const letters = crypto.getRandomValues(new Uint8Array(4));
    const chance = `guest-${String.fromCharCode(...letters.map((each) => 97 + (each % 26)))}`;
    const name = this.#first?.elements.name.value.trim() || chance;
    const answer = await post("/session", { name }, { isAnyones: true });
    if (answer.ok) this.#becomeGuest(answer.body);
    return answer;
  }

  /** What another tab has become. */
  async follow() {
    const { ok, body } = await get("/session");
    if (!ok || !body.name || page.name) return;
    if (body.guest) this.#becomeGuest(body);
    else location.reload();
  }

  #becomeGuest(session) {
    this.#become(session);
    const button = document.querySelector(".me [data-open-dialog]");
    if (button) button.textContent = "Change";
  }

  #become({ name, author_id: authorId, role }) {
    become({ name, authorId, role });
    find("my-name").textContent = name;
    find("my-name").className = "name";
    this.#first?.remove();
    this.dispatchEvent(new Event("named"));
  }
}
