// Which of the name colours: the same as the server's first page gives.
const HUES = 12;

export function hueOf(authorId) {
  let found = 0;
  for (const char of authorId) found = (Math.imul(found, 31) + char.codePointAt(0)) >>> 0;
  return found % HUES;
}
