// What Enter does: a message, a reply, an edit or a command.
import { sentence } from "../api.js";
import { countDown } from "../room/countdown.js";
import { openDialog } from "../room/dialogs.js";
import { page } from "../page.js";
import { isCommand, runCommand, unknownCommand, withoutEscape } from "./commands.js";

export function setUpSending(parts) {
  const { connection, composer, context, log, outbox, arrivals, signIn } = parts;
  // Whether Enter was pressed, and only the name was missing; else the field has a draft.
  let isMeant = false;
  composer.addEventListener("send", (event) => {
    const text = event.detail;
    composer.note("");
    const unknown = context.isEdit ? null : unknownCommand(text);
    if (unknown) {
      event.preventDefault();
      composer.note(`Unknown command /${unknown}. To send it as a message, start with //.`);
    } else if (context.isEdit) edit(text, parts);
    else if (isCommand(text)) run(text, parts);
    else if (!page.name && page.needsName) {
      event.preventDefault();
      isMeant = true;
      openDialog("sign-in").addEventListener("close", () => (isMeant = false), { once: true });
    } else send(withoutEscape(text));
  });

  composer.addEventListener("long", async () => {
    const { offerSeveral } = await import("./several.js");
    offerSeveral(parts);
  });
  // A draft may be too long already.
  composer.note("");

  function send(text) {
    const { replyTo } = context;
    context.end();
    outbox.send(text, replyTo);
    arrivals.toNewest();
  }
  outbox.introduceBy(() => signIn.asGuest());
  signIn.addEventListener("problem", ({ detail }) => composer.note(detail));
  signIn.addEventListener("done", () => {
    if (isMeant) composer.submit();
    outbox.retryUnsigned();
    outbox.retryAll();
    composer.focus();
  });
  connection.addEventListener("muted", ({ detail }) => composer.silence(sentence(detail.detail)));
  connection.addEventListener("unmuted", () => composer.silence());
  log.addEventListener("settled", () => composer.silence());
  outbox.addEventListener("slow", ({ detail }) => countDown(composer, detail));
  outbox.addEventListener("sign-in", ({ detail }) => signIn.open(detail));
  outbox.addEventListener("name", () => signIn.askAgain());
}

async function run(text, { composer, ...parts }) {
  try {
    composer.note(await runCommand(text, parts));
  } catch ({ message }) {
    // As with a message, what did not work is not lost.
    composer.text ||= text;
    composer.note(message);
  }
}

async function edit(text, { composer, context, actions }) {
  const { row } = context;
  const begun = context.end();
  await null; // By then the field is empty.
  composer.text = begun;
  // What cannot be saved goes back into the field, still as an edit.
  if (row.dataset.source === text) return;
  const { ok, body } = await actions.edit(row, text);
  if (ok) return;
  // What is gone cannot be edited: the text may go out as a new message.
  if (body?.error !== "not_found" || composer.text) context.edit(row);
  composer.text = text;
}
