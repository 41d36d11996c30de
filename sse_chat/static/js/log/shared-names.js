// Names that several of those who are here have: their guests are told apart by the end of their id.
let shared = new Set();

const key = (name) => name.toLowerCase();
export const isShared = (name) => shared.has(key(name));

export function noteNames(names) {
  const counts = new Map();
  for (const each of names.map(key)) counts.set(each, (counts.get(each) ?? 0) + 1);
  shared = new Set([...counts.keys()].filter((each) => counts.get(each) > 1));
}

export const guestMark = (name, id) => (isShared(name) ? `guest ${id.slice(-4)}` : "guest");
