// How messages are formatted: examples, and, for who wants it, a preview of what is being written, by
// the server's own rules.
import { postToRoom } from "../api.js";
import { Kept } from "../kept.js";
import { insertMarkup } from "../log/markup.js";
import { showShortNames } from "../log/short-names.js";
import { find, path } from "../page.js";

const ASK_AFTER_MS = 400;
// What is typed, and what the server makes of it: a test holds each against the other.
const EXAMPLES = [
  ["**bold** *italic* ~~struck~~", "<p><strong>bold</strong> <em>italic</em> <s>struck</s></p>\n"],
  ["`code`", "<p><code>code</code></p>\n"],
  ["```\nlines of\n  code\n```", "<pre><code>lines of\n  code\n</code></pre>\n"],
  ["> quoted\nanswer", "<blockquote>\n<p>quoted</p>\n</blockquote>\n<p>answer</p>\n"],
  ["- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"],
  ["1. first\n2. second", "<ol>\n<li>first</li>\n<li>second</li>\n</ol>\n"],
  ["- [ ] to do\n- [x] done", "<ul>\n<li class=\"task\">☐ to do</li>\n<li class=\"task\">☑ done</li>\n</ul>\n"],
  ["| a | b |\n|---|--:|\n| c | 1 |", "<table>\n<thead>\n<tr><th>a</th> <th align=\"right\">b</th></tr>\n</thead>\n<tbody>\n<tr><td>c</td> <td align=\"right\">1</td></tr>\n</tbody>\n</table>\n"],
  ["[words](https://e.org)", "<p><a href=\"https://e.org\">words</a></p>\n"],
  ["\\*as typed\\*", "<p>*as typed*</p>\n"],
];

export class Formatting {
  #composer;
  #kept = new Kept("preview");
  #box = make("section", { className: "preview body", ariaLabel: "Preview", hidden: true });
  #timer;

  constructor(composer) {
    this.#composer = composer;
    find("composer").before(this.#box);
    composer.addEventListener("changed", () => this.#changed());
    this.#changed();
  }

  open() {
    const dialog = make("dialog", { className: "card wide" });
    dialog.setAttribute("aria-labelledby", "formatting-title");
    const wish = make("input", { type: "checkbox", checked: this.#isOn });
    wish.addEventListener("change", () => {
      this.#kept.write(wish.checked || null);
      this.#changed();
    });
    const label = make("label", { className: "check" });
    label.append(wish, " Preview while typing");
    const close = make("button", { type: "button", className: "button primary", textContent: "Close" });
    close.dataset.closeDialog = "";
    const row = make("div", { className: "row" });
    row.append(close);
    // Focus begins at the top: on a phone the button is below what is to be read.
    const title = make("h2", { id: "formatting-title", textContent: "Formatting", tabIndex: -1 });
    title.autofocus = true;
    dialog.append(
      title,
      makeExamples(),
      makeRest(),
      label,
      row,
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  get #isOn() {
    return this.#kept.read(false);
  }

  #changed() {
    clearTimeout(this.#timer);
    const { text } = this.#composer;
    if (this.#isOn && text.trim()) this.#timer = setTimeout(() => this.#ask(text), ASK_AFTER_MS);
    else this.#box.hidden = true;
  }

  async #ask(text) {
    const answer = await postToRoom("/preview", { text });
    if (text !== this.#composer.text || !this.#isOn) return;
    // What has no markup is shown as it stands in the field.
    const html = answer.ok ? answer.body.html : "";
    this.#box.hidden = !html;
    insertMarkup(this.#box, html);
    showShortNames(this.#box);
  }
}

function makeExamples() {
  const list = make("dl", { className: "examples" });
  for (const [typed, html] of EXAMPLES) {
    const row = make("div", {});
    const source = make("dt", { textContent: typed });
    const shown = make("dd", { className: "body" });
    insertMarkup(shown, html);
    row.append(source, shown);
    list.append(row);
  }
  return list;
}

function makeRest() {
  const rest = make("p", { className: "muted" });
  const link = make("a", { href: path("/help/start"), textContent: "More about writing" });
  rest.append("Anything else is shown exactly as typed. ", link);
  return rest;
}

const make = (name, properties) => Object.assign(document.createElement(name), properties);
