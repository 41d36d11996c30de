// The message field: Enter sends, Shift+Enter breaks, what was begun is kept for each room.
import { find, page } from "../page.js";
import { Draft } from "./draft.js";

const KEEP_AFTER_MS = 300;
const WAIT_MS = 50;
const NOTE_MS = 8000;
const ON_SCREEN = matchMedia("(hover: none) and (pointer: coarse)");
const encoder = new TextEncoder();

export class Composer extends EventTarget {
  #form = find("composer");
  #text = find("text");
  #block = find("block");
  // What the server wrote there: why nobody, or this person, may write here.
  #silenced = this.#block.textContent;
  #draft = new Draft();
  #isDraft = true;
  #timer;
  #blocked = "";
  #note = "";
  #noteTimer;

  constructor() {
    super();
    // What is missing is said above the field, not in the browser's bubble.
    this.#form.noValidate = true;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    if (ON_SCREEN.matches) this.#text.enterKeyHint = "enter";
    this.#text.addEventListener("keydown", (event) => this.#onKey(event));
    this.#text.addEventListener("input", () => this.#changed());
    addEventListener("pagehide", () => {
      this.#keep();
      this.#draft.leave();
    });
    if (!this.text) this.#text.value = this.#draft.text;
    this.#changed();
  }

  get field() {
    return this.#text;
  }
  get text() {
    return this.#text.value;
  }
  set text(text) {
    this.#text.value = text;
    this.#changed();
  }

  /** While a message is edited, the draft is what had been begun before. */
  set isDraft(isDraft) {
    this.#keep();
    this.#isDraft = isDraft;
  }

  /** Where the cursor is, in place of what is chosen, or of what stands there from this place on. */
  insert(text, from = this.#text.selectionStart) {
    this.focus();
    const { selectionEnd } = this.#text;
    this.#text.setSelectionRange(from, selectionEnd);
    // As if it was typed: the browser can take it back then.
    if (document.execCommand("insertText", false, text)) return;
    this.#text.setRangeText(text, from, selectionEnd, "end");
    this.#changed();
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  /** What blocks sending, above the field; "" for nothing. `isQuiet`: to be seen, not spoken. */
  block(reason, { isQuiet = false } = {}) {
    this.#block.ariaLive = isQuiet ? "off" : "assertive";
    this.#blocked = reason;
    this.#showBlock();
  }

  /** Why this person may not write here for now; "" when something was sent after all. */
  silence(why = "") {
    this.#silenced = why;
    this.#showBlock();
  }

  /** Says something above the field for a while. */
  note(text) {
    clearTimeout(this.#noteTimer);
    this.#note = text;
    this.#showBlock();
    if (text) this.#noteTimer = setTimeout(() => this.note(""), NOTE_MS);
  }

  submit() {
    const text = this.text;
    if (!text.trim() || this.#blocked || this.#excess > 0) return;
    // "early": Enter was quicker than the modules that know all that can be sent, and to where.
    const isEarly = !("ready" in document.body.dataset);
    const asked = new CustomEvent(isEarly ? "early" : "send", { detail: text, cancelable: true });
    if (!this.dispatchEvent(asked)) {
      if (isEarly) setTimeout(() => this.submit(), WAIT_MS);
      return;
    }
    this.text = "";
    this.#keep();
    this.focus();
  }

  #onKey(event) {
    // 229: some systems report the Enter that ends a composition after it ended.
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
    // A keyboard on a screen has no Shift to hold: there the button sends.
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && !ON_SCREEN.matches) {
      event.preventDefault();
      this.submit();
    }
  }

  #changed() {
    this.#form.toggleAttribute("data-empty", !this.text.trim());
    this.#grow();
    this.#showBlock();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), KEEP_AFTER_MS);
    this.dispatchEvent(new Event("changed"));
  }

  #keep() {
    if (this.#isDraft) this.#draft.text = this.text;
  }

  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  get #excess() {
    const { text } = this;
    return text.length * 3 <= page.maxText ? 0 : encoder.encode(text).length - page.maxText;
  }

  #showBlock() {
    const excess = this.#excess;
    const tooLong = `Too long by ${excess.toLocaleString()} bytes (limit ${page.maxText.toLocaleString()}).`;
    const reason = this.#blocked || (excess > 0 ? tooLong : this.#note || this.#silenced);
    this.#block.hidden = !reason;
    this.#block.textContent = reason;
    if (reason === tooLong) this.dispatchEvent(new Event("long"));
  }
}
