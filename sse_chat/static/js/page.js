// What the server wrote on <body>: who reads, which room, from where.
const { dataset } = document.body;
const MODERATING = new Set(["owner", "admin", "moderator"]);

export const page = {
  root: dataset.root,
  room: dataset.room,
  cursor: dataset.cursor,
  maxText: Number(dataset.maxText),
  version: dataset.version,

  /** What people call the room: `#lobby`, or the name of the other side of a conversation. */
  get where() {
    return dataset.where;
  },
  /** The id of the other side of a conversation, undefined in a room. */
  get dm() {
    return dataset.dm;
  },
  get name() {
    return dataset.name;
  },
  /** Whether the server has a route for this. */
  offers(name) {
    return dataset.offers.split(" ").includes(name);
  },
  get needsName() {
    return dataset.needsName !== undefined;
  },
  get authorId() {
    return dataset.authorId;
  },
  get moderates() {
    return MODERATING.has(dataset.role);
  },
  set me({ name, authorId, role }) {
    dataset.role = role ?? "";
    dataset.name = name ?? "";
    dataset.authorId = authorId ?? "";
  },
};

export const path = (rest) => `${page.root}${rest}`;
export const isConversation = (room) => room.startsWith("dm:");
/** Below the path that the server is served under: for requests, which add that. */
export const callOf = (rest = "", room = page.room) =>
  isConversation(room) ? `/dm/${encodeURIComponent(room.slice(3))}${rest}` : `/chat/${room}${rest}`;
export const roomPath = (rest, room) => path(callOf(rest, room));
export const titleOf = (room) => (isConversation(room) ? room.slice(3) : `#${room}`);

/** The first element that carries this data attribute, as in find("composer"). */
export const find = (name, within = document) => within.querySelector(`[data-${name}]`);
export const part = (row, name) => row.querySelector(`[data-part="${name}"]`);

export function clone(template) {
  const found = document.querySelector(`template[data-template="${template}"]`);
  return found.content.firstElementChild.cloneNode(true);
}
