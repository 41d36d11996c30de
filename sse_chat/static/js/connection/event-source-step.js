// Step 1: EventSource. It cannot set Last-Event-ID, so the query carries the cursor.

const KINDS = [
  "message", "edit", "delete", "reaction", "topic", "gap", "ping", "bye",
  "presence", "typing", "activity",
];

export class EventSourceStep {
  #source;
  #listener;

  constructor(address, cursor, listener) {
    this.#listener = listener;
    this.#source = new EventSource(address.feed({ after: cursor }));
    this.#source.addEventListener("hello", (event) => listener.hello(JSON.parse(event.data)));
    for (const kind of KINDS) {
      this.#source.addEventListener(kind, (event) => this.#receive(kind, event));
    }
    // Its own retries would count as one connection; after some answers it never tries again.
    this.#source.onerror = () => this.#end();
  }

  #receive(kind, event) {
    const data = JSON.parse(event.data);
    this.#listener.event({ ...data, kind: data.kind ?? kind });
  }

  #end() {
    this.close();
    this.#listener.end(null);
  }

  close() {
    this.#source.onerror = null;
    this.#source.close();
  }
}
