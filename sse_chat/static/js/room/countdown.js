// Sent too fast: what the server said, and how long it still takes.
const TRY_AGAIN = /(; try again in \d+ s)?\.?$/;

export function countDown(composer, { waitMs, reason }) {
  const what = reason.replace(TRY_AGAIN, "");
  const firstS = Math.ceil(waitMs / 1000);
  const until = performance.now() + waitMs;
  const tick = () => {
    const s = Math.ceil((until - performance.now()) / 1000);
    if (s <= 0) {
      clearInterval(timer);
      composer.block("");
      return;
    }
    // Spoken once, and not again with each second.
    composer.block(`${what}. You can send again in ${s} s.`, { isQuiet: s < firstS });
  };
  const timer = setInterval(tick, 1000);
  tick();
}
