// Why a path does not work, told from an answer that is not what was asked for.

export class Problem extends Error {
  // `reason`: null for a plain failure, else "portal", "proxy-auth", "sign-in", "forbidden".
  constructor(reason, detail, retryMs = null) {
    super(detail);
    this.reason = reason;
    this.retryMs = retryMs;
  }
}

const REASONS = { 401: "sign-in", 407: "proxy-auth", 511: "portal" };
const REFUSALS = new Set([403, 404, 410]);

// The answer itself when it is ours: 200 with the type that was asked for.
export function checkAnswer(answer, type) {
  const given = answer.headers.get("Content-Type") ?? "";
  if (answer.ok && given.startsWith(type)) return answer;
  const isJson = given.startsWith("application/json");
  throw new Problem(
    reasonOf(answer, isJson),
    `the path answered ${answer.status} ${given}`,
    retryMsOf(answer.headers.get("Retry-After")),
  );
}

// We never redirect here and refuse in JSON: a filter, a captive portal or a sign-in of the
// network answers in our place.
function reasonOf(answer, isJson) {
  if (answer.type === "opaqueredirect" || answer.ok) return "portal";
  if (REFUSALS.has(answer.status)) return isJson ? "forbidden" : "portal";
  return REASONS[answer.status] ?? null;
}

function retryMsOf(text) {
  if (!text) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return ms > 0 ? ms : null;
}
