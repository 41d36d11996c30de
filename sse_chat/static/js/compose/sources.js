// What the completion offers.
import { COMMANDS } from "./commands.js";
import { EMOJI } from "./emoji.js";

export const commandSource = {
  pattern: /^\/(?<typed>[a-z]*)$/,
  find: (typed) =>
    [...COMMANDS]
      .filter(([name]) => name.startsWith(typed))
      .map(([name, { takes, about }]) => ({ text: `/${name}`, label: `/${name} ${takes}`, about })),
};

export const emojiSource = {
  pattern: /(?:^|\s):(?<typed>[a-z0-9_+-]{2,})$/,
  find: (typed) =>
    [...EMOJI]
      .filter(([name]) => name.includes(typed))
      .sort(([a], [b]) => Number(b.startsWith(typed)) - Number(a.startsWith(typed)))
      .map(([name, emoji]) => ({ text: emoji, label: emoji, about: `:${name}:` })),
};

/** People who are here, and those whose messages are shown. */
export const mentionSource = (people, log) => ({
  pattern: /(?:^|[\s(])@(?<typed>[^\s@]{0,32})$/,
  find: (typed) => {
    const names = new Set([...people.names, ...log.rows.map((row) => row.dataset.author)]);
    const wanted = typed.toLowerCase();
    return [...names]
      .filter((name) => name?.toLowerCase().startsWith(wanted))
      .map((name) => ({ text: `@${name}`, label: name }));
  },
});
