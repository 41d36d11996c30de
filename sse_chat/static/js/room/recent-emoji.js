// What one reacted with last, the newest first. Kept in this browser.
import { Kept } from "../kept.js";

const RECENT = 16;
const kept = new Kept("recent-emoji");

export const recentEmoji = () => kept.read([]);

export function noteEmoji(emoji) {
  const others = recentEmoji().filter((each) => each !== emoji);
  kept.write([emoji, ...others].slice(0, RECENT));
}
