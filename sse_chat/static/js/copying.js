// Code and links that can be copied: each block gets a button, and one that wraps its long lines.
const COPIED_MS = 1500;
const FOLDED_LINES = 20;
const LONG_LINE = 40;

export function addCopyButtons(within) {
  for (const code of within.querySelectorAll("pre")) {
    // What is too wide scrolls, by the keyboard as well.
    code.tabIndex = 0;
    const box = document.createElement("div");
    box.className = "code";
    const button = makeButton("copy", "Copy");
    button.addEventListener("click", () => copy(code, button));
    code.replaceWith(box);
    box.append(code, button);
    const lines = code.textContent.trimEnd().split("\n");
    const isLong = lines.some((line) => line.length > LONG_LINE);
    if (isLong && !code.matches(".shell")) box.append(makeWrap(box));
    if (lines.length > FOLDED_LINES) fold(box, lines.length);
  }
}

function makeButton(className, textContent = "") {
  return Object.assign(document.createElement("button"), { type: "button", className, textContent });
}

function makeWrap(box) {
  const button = makeButton("copy wrap", "Wrap");
  button.ariaPressed = "false";
  button.addEventListener("click", () => {
    button.ariaPressed = String(box.toggleAttribute("data-wrapped"));
  });
  return button;
}

function fold(box, lines) {
  const button = makeButton("unfold");
  const show = (isFolded) => {
    box.toggleAttribute("data-folded", isFolded);
    button.setAttribute("aria-expanded", String(!isFolded));
    button.textContent = isFolded ? `Show all ${lines} lines` : `Show ${FOLDED_LINES} lines`;
  };
  button.addEventListener("click", () => show(!box.hasAttribute("data-folded")));
  show(true);
  box.append(button);
}

async function copy(code, button) {
  button.textContent = (await toClipboard(code)) ? "Copied" : "Not allowed";
  setTimeout(() => (button.textContent = "Copy"), COPIED_MS);
}

async function toClipboard(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    // The clipboard needs a secure context; a chat in a local network may have none.
    getSelection().selectAllChildren(code);
    return document.execCommand("copy");
  }
}
