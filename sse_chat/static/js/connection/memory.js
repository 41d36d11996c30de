// The step that worked is remembered, and when it was found to be the best: the next page starts
// with it, and after a while tries the better ones beside it.

const KEY = "sse-chat:step";

// {step, ageMs}, or null when nothing is known.
export function recallStep() {
  try {
    const { step, at } = JSON.parse(localStorage.getItem(KEY)) ?? {};
    return [1, 2, 3].includes(step) ? { step, ageMs: Math.max(0, Date.now() - at) } : null;
  } catch {
    return null;
  }
}

// `isFresh`: the better ones were just tried.
export function rememberStep(step, isFresh = false) {
  if (!isFresh && recallStep()?.step === step) return;
  try {
    localStorage.setItem(KEY, JSON.stringify({ step, at: Date.now() }));
  } catch {
    // Storage may be forbidden; then each page finds out for itself.
  }
}
