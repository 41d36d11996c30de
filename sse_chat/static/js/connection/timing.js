// The time limits of a connection, in milliseconds. Connection's option `timing` overrides any.

export const TIMING = {
  helloMs: 4000, // without hello a step fails, or after 4 round trips, whichever is longer
  secondMs: 4000, // without a second event
  laterMs: 500, // which counts from this long after hello
  silenceMs: 40_000, // without any event
  lookAfterMs: 1500, // plain questions show what there is while the ladder is climbed
  lookEveryMs: 700,
  lookTimeoutMs: 4000, // or 4 times the last one, whichever is longer; doubled each time
  wakeAfterMs: 20_000,
  shortLifeMs: 15_000, // a feed that ends sooner counts as a failure
  rememberMs: 600_000,
};
