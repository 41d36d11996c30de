// How well what was typed fits a name: letters in their order, best at the begin of the name or of
// one of its words.
const BETWEEN = /[\s#@_.-]/;
const GAP = 3;

const plain = (text) =>
  text.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase();

/** The lower, the better; null where it does not fit. */
export function distance(typed, name) {
  const wanted = [...plain(typed).replace(/\s+/g, "")];
  const letters = [...plain(name)];
  let at = -1;
  let sum = 0;
  for (const letter of wanted) {
    const found = letters.indexOf(letter, at + 1);
    if (found < 0) return null;
    const isNext = found === at + 1;
    const beginsWord = found === 0 || BETWEEN.test(letters[found - 1]);
    if (!isNext || at < 0) sum += beginsWord ? (found > 0 ? 1 : 0) : GAP + found - at;
    at = found;
  }
  // Of two that fit alike the shorter is meant.
  return sum + letters.length / 100;
}
