// What an echo tells: which verbs and headers arrive, how long an answer may take, who answers.

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const SENT_HEADERS = {
  "Last-Event-ID": "1700000000000-7",
  "Idempotency-Key": "doctor",
  "X-Doctor": "1",
};
const TELLING = ["via", "server", "x-cache", "x-served-by"];
const BODY_BYTES = 120_000;
const TOGETHER_S = 1;
// As long as the long-poll is asked to wait: /doctor?wait=25 tries the longest there is.
const WAIT_S = Number(new URLSearchParams(location.search).get("wait") ?? 10);
const TIMEOUT_MS = (WAIT_S + 12) * 1000;

export async function readEchoes(url) {
  const beganMs = performance.now();
  const { payload, answer } = await ask(url, "GET", { headers: SENT_HEADERS });
  const reachedMs = performance.now() - beganMs;
  const servesOne = await isOneServed(url, reachedMs);
  const [methods, poll, bodyProblem, isCached] = await Promise.all([
    tryMethods(url),
    longPoll(url),
    postBody(url),
    cached(url),
  ]);
  return {
    reached_ms: reachedMs,
    client: payload.client,
    scheme: payload.scheme,
    http_version: payload.http_version,
    has_untrusted_proxy: payload.has_untrusted_proxy,
    on_the_way: onTheWay(answer, payload),
    lost_headers: Object.keys(SENT_HEADERS).filter(
      (name) => payload.headers[name.toLowerCase()] !== SENT_HEADERS[name],
    ),
    methods,
    body_sent: BODY_BYTES,
    body_problem: bodyProblem,
    is_cached: isCached,
    serves_one: servesOne,
    ...poll,
  };
}

// The answer and its JSON; throws with a sentence when it is not our echo of this method.
async function ask(url, method, options = {}) {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await fetch(url, { method, signal, cache: "no-store", ...options });
  const text = await answer.text();
  const payload = parse(text);
  if (!answer.ok || payload?.method !== method) {
    const title = /<title[^>]*>([^<]{1,80})/i.exec(text)?.[1] ?? "";
    const server = answer.headers.get("server") ?? "something";
    throw new Error(`${server} answered with ${answer.status} ${title}`.trim());
  }
  return { answer, payload };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function tryMethods(url) {
  const problem = (method) => ask(url, method).then(() => "", (error) => error.message);
  const problems = await Promise.all(METHODS.map(problem));
  return Object.fromEntries(METHODS.map((method, at) => [method, problems[at]]));
}

async function longPoll(url) {
  const beganMs = performance.now();
  const problem = await ask(`${url}?wait=${WAIT_S}`, "GET").then(() => "", (error) => error.message);
  return { poll_s: (performance.now() - beganMs) / 1000, poll_problem: problem };
}

async function postBody(url) {
  try {
    const { payload } = await ask(url, "POST", { body: "x".repeat(BODY_BYTES) });
    const arrived = payload.body_bytes;
    return arrived === BODY_BYTES ? "" : `${arrived} of ${BODY_BYTES} bytes arrived`;
  } catch (error) {
    return error.message;
  }
}

// Whether two answers that wait together take the time of one after the other. Each has an address
// of its own: for the same one, a browser waits by itself.
async function isOneServed(url, reachedMs) {
  const beganMs = performance.now();
  const wait = (cache) => ask(`${url}?wait=${TOGETHER_S}&cache=${cache}`, "GET");
  try {
    await Promise.all([wait(0), wait(1)]);
  } catch {
    return false;
  }
  return performance.now() - beganMs > 1700 * TOGETHER_S + reachedMs;
}

// The browser's own cache is left out: only one on the way can play an answer again.
async function cached(url) {
  const nonce = () => ask(`${url}?cache=1`, "GET").then(({ payload }) => payload.nonce);
  try {
    return (await nonce()) === (await nonce());
  } catch {
    return false;
  }
}

function onTheWay(answer, payload) {
  const found = TELLING.filter((name) => answer.headers.has(name))
    .map((name) => `${name}: ${answer.headers.get(name)}`);
  if (payload.headers.via) found.push(`via, as the server was told: ${payload.headers.via}`);
  return found;
}
