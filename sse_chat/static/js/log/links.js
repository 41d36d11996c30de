// Addresses in plain text become links; everything else stays the text that it is.
const ADDRESS = /\bhttps?:\/\/[^\s<>"']+/g;
// What ends a sentence, or closes a bracket that the address did not open, is not part of it.
const AFTER = /[.,;:!?…]+$/;

export function insertText(body, text) {
  body.textContent = "";
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = trimmed(found);
    body.append(text.slice(end, index), makeLink(address));
    end = index + address.length;
  }
  body.append(text.slice(end));
}

function trimmed(found) {
  let address = found.replace(AFTER, "");
  if (address.endsWith(")") && !address.includes("(")) address = address.slice(0, -1);
  return address.replace(AFTER, "");
}

function makeLink(address) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}
