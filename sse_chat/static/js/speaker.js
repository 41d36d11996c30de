// Who this browser speaks as. Its tabs tell each other when that changes: a tab whose person has
// signed out forgets what they had begun and leaves the room.
import { get } from "./api.js";
import { unsent } from "./compose/unsent.js";
import { OWNED, ownedBy, stopKeeping } from "./kept.js";
import { page } from "./page.js";

const NOBODY = "-";
const whoKey = (root) => `sse-chat:who:${root}`;

/** Whoever is signed in; says so to the other tabs. */
export function become({ name, authorId, role }) {
  const before = page.authorId;
  if (authorId !== before) moveOwned(before, authorId);
  page.me = { name, authorId, role };
  announce(authorId);
}

export class Speaker extends EventTarget {
  constructor() {
    super();
    // Who has gone without signing out here, or elsewhere, left something behind.
    if (page.authorId) forgetOwned((owner) => owner !== page.authorId);
    announce(page.authorId);
    addEventListener("storage", ({ key, newValue }) => {
      if (key === whoKey(page.root)) this.#heard(newValue ?? NOBODY);
    });
    // A page that the browser had put aside has missed what was told.
    addEventListener("pageshow", ({ persisted }) => persisted && this.#heard(recall() ?? NOBODY));
  }

  #heard(who) {
    if (who === (page.authorId || NOBODY)) return;
    this.other();
  }

  /** The server refused to let this page act as its person. Where it knows nobody, the session has
   *  ended elsewhere, and what was written stays for whoever signs in again. */
  async refused() {
    const { ok, body } = await get("/session");
    if (ok && !body.name && page.authorId) this.dispatchEvent(new Event("ended"));
    else if (ok) this.other();
  }

  /** The browser speaks as somebody else by now. */
  other() {
    // Somebody without a name, who has taken one in another tab.
    if (!page.authorId) this.dispatchEvent(new Event("named"));
    else this.#leave();
  }

  #leave() {
    const { authorId } = page;
    forgetOwned((owner) => owner === authorId, { isOver: true });
    this.dispatchEvent(new Event("gone"));
    location.replace(`${page.root}/`);
  }
}

/** Forms that sign out take along what this browser kept, before another person sits down. */
export function forgetOnSignOut(isPossible = () => true) {
  document.addEventListener("submit", (event) => {
    const { pathname } = new URL(event.target.action, location.href);
    if (!pathname.endsWith("/session/end")) return;
    if (!isPossible()) return void event.preventDefault();
    forgetOwned(() => true, { isOver: true });
    announce("", pathname.slice(0, -"/session/end".length));
  });
}

function announce(authorId, root = page.root) {
  try {
    localStorage.setItem(whoKey(root), authorId || NOBODY);
  } catch {
    // Storage may be forbidden; then the server's own check is what is left.
  }
}

function recall() {
  try {
    return localStorage.getItem(whoKey(page.root));
  } catch {
    return page.authorId;
  }
}

/** Drops what these authors own in this browser; `isOver`: nothing more is kept by this page. */
function forgetOwned(isTheirs, { isOver = false } = {}) {
  // Before the page keeps nothing more: the service worker has a copy.
  if (isOver) unsent.clear();
  if (isOver) stopKeeping();
  if (isOver) forgetRooms();
  for (const place of [storage(true), storage(false)]) {
    const owned = Object.keys(place ?? {}).filter((key) => key.startsWith(OWNED));
    for (const key of owned) if (isTheirs(ownerOf(key))) place.removeItem(key);
  }
}

// The pages that the service worker keeps to be read offline.
async function forgetRooms() {
  const names = (await globalThis.caches?.keys()) ?? [];
  const isOurs = (name) => name.startsWith(`sse-chat:${page.root}/:`) && name.includes(":rooms:");
  for (const name of names) if (isOurs(name)) caches.delete(name);
}

/** What was kept without a name, or under another one, is this author's from now on. */
function moveOwned(from, to) {
  for (const isPerTab of [true, false]) {
    const place = storage(isPerTab);
    for (const key of Object.keys(place ?? {}).filter((each) => each.startsWith(ownedBy(from)))) {
      const name = key.slice(ownedBy(from).length);
      const target = storage(false);
      const moved = ownedBy(to) + name;
      if (target?.getItem(moved) === null) target.setItem(moved, place.getItem(key));
      place.removeItem(key);
    }
  }
}

function storage(isPerTab) {
  try {
    return isPerTab ? sessionStorage : localStorage;
  } catch {
    return null;
  }
}

const ownerOf = (key) => key.slice(OWNED.length).split(":", 1)[0];
