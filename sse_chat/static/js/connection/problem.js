// Why a path does not work, told from an answer that is not ours.

export class Problem extends Error {
  // `reason`: null for a plain failure, else "portal", "proxy-auth", "sign-in", "forbidden".
  constructor(reason, detail, retryMs = null) {
    super(detail);
    this.reason = reason;
    this.retryMs = retryMs;
  }
}

const REASONS = { 401: "sign-in", 403: "forbidden", 404: "forbidden", 407: "proxy-auth" };

// The answer itself when it is ours: 200 with the type that was asked for.
export function checkAnswer(answer, type) {
  const isOurs = (answer.headers.get("Content-Type") ?? "").startsWith(type);
  if (answer.ok && isOurs) return answer;
  const waitS = Number(answer.headers.get("Retry-After"));
  const retryMs = waitS > 0 ? waitS * 1000 : null;
  // A filter, a captive portal or a proxy's own page answers in our place.
  const reason = REASONS[answer.status] ?? (answer.ok ? "portal" : null);
  throw new Problem(reason, `the path answered ${answer.status}`, retryMs);
}
