// Tabs: those of one browser that share a feed. One of them leads: it reads for all.
//
// They elect it by what they tell each other, since locks need a secure context. Two may lead for a
// moment: each tab takes an entry once, whoever brings it.

const ASK_MS = 250; // an answer comes in a few milliseconds
const ALIVE_MS = 1500;
const SILENT_MS = 5000;
// The clocks of hidden tabs go slow, and can wait.
const SILENT_HIDDEN_MS = 40_000;
const SPREAD_MS = 300;

export class Tabs {
  #name;
  #owner;
  #channel;
  // Of tabs that begin to lead at once, the older one goes on.
  #id = performance.timeOrigin + Math.random();
  #term = 0;
  #leader = ""; // its term and id
  #heardAt = 0;
  #timer;
  #ticker;
  #stopLeading = null;
  #ending = new AbortController();

  // `owner` has status(), what a sign of life carries, and is told lead, follow, and hear(message)
  // of what others say: to a tab that leads what `isForLeader`, to the others the rest.
  constructor(name, owner) {
    this.#name = name;
    this.#owner = owner;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#ticker = setInterval(() => this.isLeading && this.tellAlive(), ALIVE_MS);
    const { signal } = this.#ending;
    document.addEventListener("visibilitychange", () => this.#expect(), { signal });
    this.#leadIn(ASK_MS);
  }

  get isLeading() {
    return this.#stopLeading !== null;
  }

  leave() {
    this.#stopLeading?.();
    this.#ending.abort();
    clearTimeout(this.#timer);
    clearInterval(this.#ticker);
    this.#channel.close();
  }

  /** To all other tabs. */
  say(message) {
    this.#channel.postMessage(message);
  }

  tellAlive() {
    this.say({ name: "alive", term: this.#term, id: this.#id, ...this.#owner.status() });
  }

  #hear(message) {
    if (message.name === "alive") this.#hearLeader(message);
    else if (message.name === "gone") this.#hearOfEnd(message.leader);
    else if (this.isLeading === Boolean(message.isForLeader)) this.#owner.hear(message);
  }

  #hearLeader(message) {
    const { term, id } = message;
    if (this.isLeading) {
      const isOutranked = term > this.#term || (term === this.#term && id < this.#id);
      if (!isOutranked) return this.tellAlive();
      this.#stopLeading();
      this.#owner.follow();
    }
    this.#term = Math.max(this.#term, term);
    this.#heardAt = performance.now();
    this.#expect();
    this.#watch(`${term}:${id}`);
    this.#owner.hear(message);
  }

  // A tab that dies says nothing, but its lock is free then.
  #watch(leader) {
    if (this.#leader === leader) return;
    this.#leader = leader;
    const whenFree = () => this.#hearOfEnd(leader);
    navigator.locks?.request(this.#lockOf(leader), { mode: "shared" }, whenFree).catch(() => {});
  }

  #hearOfEnd(leader) {
    if (leader === this.#leader) this.#leadIn(Math.random() * SPREAD_MS);
  }

  #lockOf(leader) {
    return `${this.#name}:${leader}`;
  }

  #expect() {
    const silentMs = document.hidden ? SILENT_HIDDEN_MS : SILENT_MS;
    this.#leadIn(this.#heardAt + silentMs - performance.now());
  }

  #leadIn(ms) {
    clearTimeout(this.#timer);
    if (this.isLeading || this.#ending.signal.aborted) return;
    this.#timer = setTimeout(() => this.#leadNext(), ms);
  }

  #leadNext() {
    this.#term += 1;
    const leader = `${this.#term}:${this.#id}`;
    const lead = () => this.#lead(leader);
    if (!navigator.locks) lead();
    else navigator.locks.request(this.#lockOf(leader), lead).catch(lead);
  }

  // Until the promise is kept.
  #lead(leader) {
    if (this.isLeading || this.#ending.signal.aborted) return null;
    const untilStopped = new Promise((resolve) => {
      this.#stopLeading = () => {
        this.#stopLeading = null;
        this.say({ name: "gone", leader });
        resolve();
      };
    });
    this.#owner.lead();
    this.tellAlive();
    return untilStopped;
  }
}
