// A state in words.

const LIVE = { 1: "live", 2: "live, step 2 of 3: your network holds streams" };
const REASONS = {
  portal: "something on the way answers in the server's place",
  "proxy-auth": "your proxy wants you to sign in",
  "sign-in": "sign in to read on",
  revoked: "you can no longer read this room",
  forbidden: "you may not read this room",
};

export function words({ state, step, retryInMs, reason }) {
  if (state === "live") return LIVE[step];
  if (state !== "offline") return state;
  const why = REASONS[reason] ?? "offline";
  return retryInMs === null ? why : `${why}, retrying in ${Math.ceil(retryInMs / 1000)} s`;
}
