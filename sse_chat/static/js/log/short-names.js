// Emoji by their short names: the table comes with the first message that may have one.
const MAY_HAVE = /:[a-z0-9_+-]+:/;

/** The text with its emoji, where nothing is shown as it was typed. */
export async function withShortNames(text) {
  if (!MAY_HAVE.test(text)) return text;
  const { withEmoji } = await import("../compose/emoji.js");
  return withEmoji(text);
}

/** Shows those in `element`, then says so; nothing where its text has changed meanwhile. */
export async function showShortNames(element, then = () => {}) {
  const text = element.textContent;
  if (!MAY_HAVE.test(text)) return;
  const { showEmoji } = await import("../compose/emoji.js");
  if (element.textContent !== text) return;
  showEmoji(element);
  then();
}
