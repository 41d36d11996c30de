// The addresses of a feed of many rooms, and of its polls.

// Proxies and servers take 8 KB at least; beyond half of it a poll goes by POST.
const MAX_QUERY = 4000;

/** Makes an address a new one: some caches on the way play `no-store` answers again. */
export const nonce = () => Math.random().toString(36).slice(2, 10);

export class Address {
  #root;

  constructor(root) {
    this.#root = root;
  }

  /** Where the feed is, and what it is asked: `cursors` is [room, id] of each. */
  feed(cursors) {
    const fields = new URLSearchParams({ ...roomsOf(cursors), after: afterOf(cursors), activity: 1 });
    return [`${this.#root}/feed`, fields];
  }

  /** What to fetch; `after`: a cursor of many rooms. */
  messages(cursors, { after = afterOf(cursors), ...query }) {
    const fields = new URLSearchParams({ ...roomsOf(cursors), after, ...query });
    const url = `${this.#root}/messages?nonce=${nonce()}`;
    const text = fields.toString();
    if (text.length > MAX_QUERY) return [url, { method: "POST", body: fields }];
    return [`${url}&${text}`, {}];
  }
}

const roomsOf = (cursors) => ({ rooms: cursors.map(([room]) => room).join() });
const afterOf = (cursors) => cursors.map((each) => each.join(":")).join();
