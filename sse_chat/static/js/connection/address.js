// The addresses of one room.

export class Address {
  #base;

  constructor(root, room) {
    this.#base = `${root}/chat/${room}`;
  }

  feed(query) {
    return this.#with("/feed", query);
  }

  messages(query) {
    return this.#with("/messages", query);
  }

  #with(path, query) {
    const text = new URLSearchParams(query).toString();
    return `${this.#base}${path}${text ? `?${text}` : ""}`;
  }
}
