// Slash commands: a table of what each does. Whatever is not here is sent as it is written.
import { postToRoom } from "../api.js";
import { page } from "../page.js";
import { openDialog } from "../room/dialogs.js";

const ALL = [
  ["me", { takes: "what you do", about: "say what you do" }],
  ["topic", { needs: "topic", takes: "text", about: "set the topic of this room", run: setTopic }],
  ["who", { needs: "people", takes: "", about: "who is here", run: (rest, { people }) => who(people) }],
  ["mute", { takes: "name", about: "hide what someone writes", run: mute }],
  ["unmute", { takes: "name", about: "show it again", run: unmute }],
  ["help", { takes: "", about: "show the keys", run: () => void openDialog("keys") }],
];
export const COMMANDS = new Map(ALL.filter(([, { needs }]) => !needs || page.offers(needs)));

/** Runs a command; answers what to tell the sender, and throws it where that is a failure. */
export async function runCommand(text, parts) {
  const [, name, rest] = /^\/([a-z]+)(?:\s+([^]*))?$/.exec(text) ?? [];
  return (await COMMANDS.get(name).run((rest ?? "").trim(), parts)) ?? "";
}

export const isCommand = (text) => Boolean(COMMANDS.get(/^\/([a-z]+)(?:\s|$)/.exec(text)?.[1])?.run);

async function setTopic(text) {
  const answer = await postToRoom("/topic", { text });
  if (!answer.ok) throw new Error(answer.reason);
}

function who(people) {
  const names = people.names;
  return names.length ? `Here now: ${names.join(", ")}.` : "Nobody else seems to be here.";
}

function mute(name, { muted }) {
  if (!name) return "Whom? /mute name";
  muted.add(name);
  return `You no longer see what ${name} writes. /unmute ${name} shows it again.`;
}

function unmute(name, { muted }) {
  if (!name) return `Muted: ${muted.names.join(", ") || "nobody"}.`;
  muted.remove(name);
  return `You see what ${name} writes.`;
}
