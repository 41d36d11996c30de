// A state in words.

const LIVE = { 1: "live", 2: "live, step 2 of 3: your network holds streams" };
const REASONS = {
  portal: "something on your network is answering instead of the server",
  "proxy-auth": "your proxy needs you to sign in",
  "sign-in": "sign in to keep reading",
  revoked: "you can no longer read this room",
  forbidden: "you don’t have access to this room",
};

export function words({ state, step, retryInMs, reason }) {
  if (state === "live") return LIVE[step];
  if (state !== "offline") return state;
  const why = REASONS[reason] ?? "offline";
  return retryInMs === null ? why : `${why}, retrying in ${Math.ceil(retryInMs / 1000)} s`;
}
