// Keeps what the page shows, and when: its states, and each message as it appears in the log.
window.seen = [];
window.states = [];
new MutationObserver(() => {
  const now = Date.now() / 1000;
  const { state } = document.body?.dataset ?? {};
  const step = Number(document.body?.dataset.step ?? 1);
  const last = window.states.at(-1);
  if (state && (last?.state !== state || last?.step !== step)) {
    window.states.push({ state, step, at: now });
  }
  for (const row of document.querySelectorAll("[data-log] .message[data-id]")) {
    // A slow page has rows before their bodies.
    const body = row.querySelector("[data-part=body]");
    if (row.isSeen || !body) continue;
    row.isSeen = true;
    window.seen.push({ text: body.textContent.trim(), at: now });
  }
}).observe(document, { subtree: true, childList: true, attributes: true });
