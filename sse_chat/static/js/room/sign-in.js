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
    const session = await get("/session");
    page.me = { name: answer.body.name, authorId: session.body?.author_id, role: session.body?.role };
    find("my-name").textContent = answer.body.name;
    find("my-name").className = "name";
    document.querySelector(".me [data-open-dialog]")?.remove();
    this.#form.reset();
    dialog("sign-in").close();
    this.dispatchEvent(new Event("done"));
  }
}
