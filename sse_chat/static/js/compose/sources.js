// What the completion offers.
import { get } from "../api.js";
import { callOf, page } from "../page.js";
import { COMMANDS } from "./commands.js";
import { Completion } from "./completion.js";
import { plain } from "./plain.js";

const commandSource = {
  pattern: /^\/(?<typed>[a-z]*)$/,
  find: (typed) =>
    [...COMMANDS]
      .filter(([name]) => name.startsWith(typed))
      .map(([name, { takes, about }]) => ({ text: `/${name}`, label: `/${name} ${takes}`, about, name })),
};

// [name, emoji], from when the first one is typed.
let emojiNames = [];
const TYPED = /^[a-z0-9_+-]+$/;

const emojiSource = {
  pattern: /(?:^|\s):(?<typed>[a-z0-9_+-]{2,})$/,
  load: async () => {
    const { EMOJI, loadAllEmoji } = await import("./emoji.js");
    emojiNames = [...EMOJI];
    const addAll = (all) => {
      for (const [emoji, names] of all) {
        for (const name of names) if (TYPED.test(name) && !EMOJI.has(name)) emojiNames.push([name, emoji]);
      }
    };
    return { more: loadAllEmoji().then(addAll) };
  },
  find: (typed) =>
    emojiNames
      .filter(([name]) => name.includes(typed))
      .sort(([a], [b]) => Number(b.startsWith(typed)) - Number(a.startsWith(typed)))
      .map(([name, emoji]) => ({ text: emoji, label: emoji, about: `:${name}:`, name })),
};

const ASK_AFTER_MS = 150;

/** People who are here, whose messages are shown, or who were here lately. */
const mentionSource = (people, log) => ({
  pattern: /(?:^|[^\w@/\\])[@\uff20](?<typed>[^\s@]{0,32})$/,
  find: (typed) => {
    const names = new Set([...people.names, ...log.rows.map((row) => row.dataset.author)]);
    const wanted = plain(typed);
    const found = [...names].filter((name) => name && plain(name).includes(wanted));
    found.sort((a, b) => Number(plain(b).startsWith(wanted)) - Number(plain(a).startsWith(wanted)));
    const choices = found.map((name) => makeChoice(name));
    if ("here".startsWith(wanted)) choices.push({ ...makeChoice("here"), about: "everyone present" });
    return choices;
  },
  ask: async (typed) => {
    if (!typed || !page.offers("mentions")) return [];
    await new Promise((resolve) => setTimeout(resolve, ASK_AFTER_MS));
    const query = new URLSearchParams({ name: typed });
    const answer = await get(callOf(`/people?${query}`));
    return answer.ok ? answer.body.people.map(({ name }) => makeChoice(name)) : [];
  },
});

const makeChoice = (name) => ({ text: `@${name}`, label: name, name });

export function setUpSources(composer, people, log) {
  return new Completion(composer, [commandSource, emojiSource, mentionSource(people, log)]);
}
