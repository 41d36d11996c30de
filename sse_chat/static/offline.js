// In place of a page that was not open here before: opens it as soon as the server answers.
const EVERY_MS = 5000;
const { root } = document.body.dataset;

async function look() {
  const answer = await fetch(`${root}/offline`, { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.reload();
}

setInterval(look, EVERY_MS);
addEventListener("online", look);
