// Step 2: ndjson over POST, for paths that hold a GET or anything called event-stream.

import { Problem, checkAnswer } from "./problem.js";

export class NdjsonStep {
  #abort = new AbortController();
  #listener;

  constructor(address, cursor, listener) {
    this.#listener = listener;
    this.#read(address, cursor).then(
      () => this.#end(null),
      (error) => this.#end(error),
    );
  }

  async #read(address, cursor) {
    const answer = await fetch(address.feed({}), {
      method: "POST",
      body: new URLSearchParams({ after: cursor, format: "ndjson", activity: 1 }),
      headers: { Accept: "application/x-ndjson" },
      cache: "no-store",
      redirect: "manual",
      signal: this.#abort.signal,
    });
    checkAnswer(answer, "application/x-ndjson");
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      lines.filter(Boolean).forEach((line) => this.#receive(JSON.parse(line)));
    }
  }

  #receive(event) {
    if (this.#abort.signal.aborted) return;
    if (event.kind === "hello") this.#listener.hello(event);
    else if (event.kind !== "prelude") this.#listener.event(event);
  }

  #end(error) {
    if (this.#abort.signal.aborted) return;
    this.close();
    this.#listener.end(error instanceof Problem ? error : null);
  }

  close() {
    this.#abort.abort();
  }
}
