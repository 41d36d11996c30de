// Slash commands: a table of what each does.
import { postToRoom } from "../api.js";
import { find, page } from "../page.js";
import { openDialog } from "../room/dialogs.js";

const ALL = [
  ["me", { takes: "what you do", about: "describe what you’re doing" }],
  ["topic", { needs: "topic", takes: "text", about: "set the topic", run: setTopic }],
  ["who", { needs: "people", takes: "", about: "who is here", run: (rest, { people }) => who(people) }],
  ["ignore", { takes: "name", about: "hide someone’s messages", run: ignore }],
  ["unignore", { takes: "name", about: "show them again", run: unignore }],
  ["help", { takes: "", about: "show keyboard shortcuts", run: () => void openDialog("keys") }],
];
const COMMAND = /^\/([a-z]+)(?:\s|$)/i;
// What they were called before a moderator's Mute was another thing.
const ALIASES = { mute: "ignore", unmute: "unignore" };
export const COMMANDS = new Map(ALL.filter(([, { needs }]) => !needs || page.offers(needs)));

/** Runs a command; answers what to tell the sender, and throws it where that is a failure. */
export async function runCommand(text, parts) {
  const [, name, rest] = /^\/([a-z]+)(?:\s+([^]*))?$/i.exec(text) ?? [];
  return (await named(name).run((rest ?? "").trim(), parts)) ?? "";
}

export const isCommand = (text) => Boolean(named(COMMAND.exec(text)?.[1])?.run);

function named(name = "") {
  const word = name.toLowerCase();
  return COMMANDS.get(ALIASES[word] ?? word);
}

/** What looks like a command and is none: its name. */
export function unknownCommand(text) {
  const [, name] = COMMAND.exec(text) ?? [];
  return name && !named(name) ? name : null;
}

/** `//topic` is the message `/topic`. */
export const withoutEscape = (text) =>
  text.startsWith("//") && COMMAND.test(text.slice(1)) ? text.slice(1) : text;

async function setTopic(text) {
  if (!text) {
    const topic = find("topic").textContent;
    return topic ? `Topic: ${topic}` : "This room has no topic. Usage: /topic text, or /topic - to remove it";
  }
  const answer = await postToRoom("/topic", { text: text === "-" ? "" : text });
  if (!answer.ok) throw new Error(answer.reason);
  return "";
}

function who(people) {
  const names = people.names;
  return names.length ? `Here now: ${names.join(", ")}.` : "Nobody else is here.";
}

function ignore(name, { muted }) {
  if (!name) return "Usage: /ignore name";
  muted.add(name);
  return `You won’t see ${name}’s messages. /unignore ${name} to undo.`;
}

function unignore(name, { muted }) {
  if (!name) return `Ignored: ${muted.names.join(", ") || "nobody"}.`;
  muted.remove(name);
  return `You see ${name}’s messages again.`;
}
