// Emoji by their short names: the usual ones come with the first message that may have one, the
// others with the first name that is none of those.
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
  const { loadAllEmoji, showEmoji } = await import("../compose/emoji.js");
  if (element.textContent !== text) return;
  const hasUnknown = showEmoji(element);
  then();
  if (!hasUnknown) return;
  const shown = element.textContent;
  await loadAllEmoji();
  if (element.textContent !== shown) return;
  showEmoji(element);
  then();
}
