// The doctor's page: measures, has the server word it, and shows the report.

import { readEchoes } from "./doctor/echo.js";
import { readFeeds, readIdleCut } from "./doctor/feeds.js";

const root = document.body.dataset.root;
// /doctor?idle=60 also finds out whether a feed is cut that is silent for so long.
const idleS = Number(new URLSearchParams(location.search).get("idle") ?? 0);
const takesS = Math.max(idleS, 12);
const progress = document.querySelector("[data-progress]");
const result = document.querySelector("[data-result]");
const reportText = document.querySelector("[data-report]");

async function run() {
  document.body.dataset.state = "measuring";
  result.hidden = true;
  progress.hidden = false;
  progress.textContent = `Measuring; this takes about ${takesS} seconds…`;
  const measured = await measure();
  try {
    reportText.textContent = await word(measured);
    progress.hidden = true;
    result.hidden = false;
    document.body.dataset.state = "done";
  } catch (error) {
    progress.textContent = `The server is not reached: ${error.message}`;
    document.body.dataset.state = "failed";
  }
}

async function measure() {
  const url = location.origin + root;
  try {
    const [feeds, echoes, idleCutS] = await Promise.all([
      readFeeds(`${root}/doctor/probe`),
      readEchoes(`${root}/doctor/echo`),
      idleS ? readIdleCut(`${root}/doctor/probe`, idleS) : null,
    ]);
    return { url, feeds, idle_s: idleS, idle_cut_s: idleCutS, ...echoes };
  } catch (error) {
    return { url, problem: error.message };
  }
}

async function word(measured) {
  const answer = await fetch(`${root}/doctor/report`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(measured),
  });
  if (!answer.headers.get("content-type")?.startsWith("text/plain")) {
    throw new Error(`something answered with ${answer.status}`);
  }
  return answer.text();
}

async function copy(event) {
  try {
    await navigator.clipboard.writeText(reportText.textContent);
    event.target.textContent = "Copied";
  } catch {
    // Over plain http there is no clipboard: select it, so that a key copies it.
    getSelection().selectAllChildren(reportText);
  }
}

document.querySelector("[data-copy]").addEventListener("click", copy);
document.querySelector("[data-again]").addEventListener("click", run);
run();
