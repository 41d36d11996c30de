// The step that worked is remembered for a while, so that the next page does not climb again.

const KEY = "sse-chat:step";

export function rememberStep(step) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ step, at: Date.now() }));
  } catch {
    // Storage may be forbidden; then each page finds out for itself.
  }
}

export function recallStep(maxAgeMs) {
  try {
    const { step, at } = JSON.parse(localStorage.getItem(KEY)) ?? {};
    return Date.now() - at < maxAgeMs ? step : 1;
  } catch {
    return 1;
  }
}
