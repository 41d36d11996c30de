// Signing in without leaving the page: a name for a guest, with its password for an account.
import { get, post } from "../api.js";
import { find, page } from "../page.js";
import { dialog } from "./dialogs.js";

export class SignIn extends EventTarget {
  #form = find("sign-in");
  #problem = find("problem", this.#form);

  constructor() {
    super();
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  async #submit() {
    const { name, password } = Object.fromEntries(new FormData(this.#form));
    const answer = await post("/session", { name, ...(password && { password }) });
    this.#problem.hidden = answer.ok;
    this.#problem.textContent = answer.ok ? "" : answer.reason;
    if (!answer.ok) return;
    await this.#become(answer.body.name);
    document.querySelector(".me [data-open-dialog]")?.remove();
    this.#form.reset();
    dialog("sign-in").close();
    this.dispatchEvent(new Event("done"));
  }

  // Nobody has to stop for a name: who just writes is a guest with a name of chance, to be changed.
  async asGuest() {
    const letters = crypto.getRandomValues(new Uint8Array(4));
    const name = `guest-${String.fromCharCode(...letters.map((each) => 97 + (each % 26)))}`;
    const answer = await post("/session", { name });
    if (!answer.ok) return;
    await this.#become(name);
    document.querySelector(".me [data-open-dialog]").textContent = "Change";
  }

  async #become(name) {
    const session = await get("/session");
    page.me = { name, authorId: session.body?.author_id, role: session.body?.role };
    find("my-name").textContent = name;
    find("my-name").className = "name";
  }
}
