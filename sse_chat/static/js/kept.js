// What this browser keeps between visits. Storage may be full or forbidden: then nothing is kept.
const PREFIX = "sse-chat:";

export class Kept {
  #storage;
  #name;

  constructor(name, { perTab = false } = {}) {
    this.#name = PREFIX + name;
    try {
      this.#storage = perTab ? sessionStorage : localStorage;
    } catch {
      this.#storage = null;
    }
  }

  read(otherwise) {
    try {
      return JSON.parse(this.#storage?.getItem(this.#name) ?? "null") ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  write(value) {
    try {
      if (value === null || value === "") this.#storage?.removeItem(this.#name);
      else this.#storage?.setItem(this.#name, JSON.stringify(value));
    } catch {
      // Full or forbidden.
    }
  }
}
