// Slash commands: a table of what each does. Whatever is not here is sent as it is written.
import { postToRoom } from "../api.js";
import { page } from "../page.js";
import { openDialog } from "../room/dialogs.js";

const ALL = [
  ["me", { takes: "what you do", about: "describe what you’re doing" }],
  ["topic", { needs: "topic", takes: "text", about: "set the topic", run: setTopic }],
  ["who", { needs: "people", takes: "", about: "who is here", run: (rest, { people }) => who(people) }],
  ["ignore", { takes: "name", about: "hide someone’s messages", run: ignore }],
  ["unignore", { takes: "name", about: "show them again", run: unignore }],
  ["help", { takes: "", about: "show keyboard shortcuts", run: () => void openDialog("keys") }],
];
// What they were called before a moderator's Mute was another thing.
const ALIASES = { mute: "ignore", unmute: "unignore" };
export const COMMANDS = new Map(ALL.filter(([, { needs }]) => !needs || page.offers(needs)));

/** Runs a command; answers what to tell the sender, and throws it where that is a failure. */
export async function runCommand(text, parts) {
  const [, name, rest] = /^\/([a-z]+)(?:\s+([^]*))?$/.exec(text) ?? [];
  return (await named(name).run((rest ?? "").trim(), parts)) ?? "";
}

export const isCommand = (text) => Boolean(named(/^\/([a-z]+)(?:\s|$)/.exec(text)?.[1])?.run);

const named = (name) => COMMANDS.get(ALIASES[name] ?? name);

async function setTopic(text) {
  const answer = await postToRoom("/topic", { text });
  if (!answer.ok) throw new Error(answer.reason);
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
