// What has not arrived, where the service worker finds it. A change that is made while the page goes
// away is complete without it.
const STORE = "messages";

export class Waiting {
  #db = null;

  /** `path`: below which the server is served. */
  constructor(path) {
    this.path = path;
  }

  /** The oldest first. */
  async all() {
    const items = await this.#run((store) => store.getAll());
    return items.sort((one, other) => (one.at < other.at ? -1 : 1));
  }

  put(item) {
    return this.#run((store) => store.put(item));
  }

  delete(key) {
    return this.#run((store) => store.delete(key));
  }

  clear() {
    return this.#run((store) => store.clear());
  }

  async #run(act) {
    const db = await (this.#db ??= open(this.path));
    const transaction = db.transaction(STORE, "readwrite");
    const request = act(transaction.objectStore(STORE));
    transaction.commit();
    return settled(request);
  }
}

function open(path) {
  const request = indexedDB.open(`sse-chat:${path}:outbox`);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
  return settled(request);
}

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
