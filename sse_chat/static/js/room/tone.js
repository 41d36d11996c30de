// A soft tone, made here: no file to load.
const TONE_HZ = 660;
const TONE_S = 0.18;

export function playTone() {
  const context = new AudioContext();
  const gain = new GainNode(context, { gain: 0.05 });
  const tone = new OscillatorNode(context, { frequency: TONE_HZ });
  tone.connect(gain).connect(context.destination);
  gain.gain.exponentialRampToValueAtTime(0.001, context.currentTime + TONE_S);
  tone.start();
  tone.stop(context.currentTime + TONE_S);
  tone.addEventListener("ended", () => context.close());
}
