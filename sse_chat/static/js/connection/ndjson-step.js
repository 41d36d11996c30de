// Step 2: ndjson over POST, for paths that hold a GET or anything called event-stream.

import { Problem, checkAnswer } from "./problem.js";

export class NdjsonStep {
  #abort = new AbortController();
  #listener;

  constructor(address, cursors, listener) {
    this.#listener = listener;
    this.#read(address, cursors).then(
      () => this.#end(null),
      (error) => this.#end(error),
    );
  }

  async #read(address, cursors) {
    const [url, fields] = address.feed(cursors);
    fields.set("format", "ndjson");
    const answer = await fetch(url, {
      method: "POST",
      body: fields,
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
