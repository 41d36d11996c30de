// What has not arrived, of all rooms: each message by itself, so that no tab overwrites another's.
import { Kept } from "../kept.js";
import { page } from "../page.js";

const NAME = `outbox:${page.root}/`;
const keptAs = ({ key, room }) => new Kept(`${NAME}${room}:${key}`);

export const unsent = {
  /** Whoever is told what is kept and forgotten. */
  follower: null,

  /** The oldest first. */
  get all() {
    const items = Kept.names(NAME).map((name) => new Kept(name).read(null));
    return items.filter(Boolean).sort((one, other) => (one.at < other.at ? -1 : 1));
  },

  keep({ row, ...item }) {
    keptAs(item).write(item);
    this.follower?.keep(item);
  },

  forget(item) {
    keptAs(item).write(null);
    this.follower?.forget(item);
  },

  /** Whoever wrote it has gone: nothing of it is left here, nor handed over any more. */
  clear() {
    for (const item of this.all) this.forget(item);
    this.follower = null;
  },
};
