import { page } from "../page.js";

// A small table of emoji by name: those that people type in a chat at work.
const NAMES = `
smile 😄 grin 😁 joy 😂 rofl 🤣 wink 😉 blush 😊 innocent 😇 heart_eyes 😍 kiss 😘 yum 😋 cool 😎
thinking 🤔 neutral 😐 smirk 😏 unamused 😒 roll_eyes 🙄 relieved 😌 sleepy 😪 sleeping 😴 sick 🤢
dizzy 😵 exploding 🤯 party 🥳 cry 😢 sob 😭 scream 😱 sweat 😅 angry 😠 rage 😡 ghost 👻 robot 🤖
skull 💀 alien 👽 poop 💩 clown 🤡 shrug 🤷 facepalm 🤦 wave 👋 ok_hand 👌 thumbsup 👍 +1 👍
thumbsdown 👎 -1 👎 clap 👏 pray 🙏 muscle 💪 point_up ☝️ raised_hands 🙌 handshake 🤝 eyes 👀 brain 🧠
heart ❤️ broken_heart 💔 hundred 💯 100 💯 fire 🔥 sparkles ✨ star ⭐ boom 💥 zap ⚡ rainbow 🌈 sun ☀️
cloud ☁️ umbrella ☔ snowflake ❄️ tada 🎉 gift 🎁 balloon 🎈 cake 🎂 coffee ☕ tea 🍵 beer 🍺 wine 🍷
pizza 🍕 burger 🍔 apple 🍎 banana 🍌 cookie 🍪 dog 🐶 cat 🐱 bug 🐛 snail 🐌 turtle 🐢 unicorn 🦄
rocket 🚀 ship 🚢 car 🚗 train 🚆 plane ✈️ house 🏠 office 🏢 hospital 🏥 check ✅ x ❌ warning ⚠️
question ❓ exclamation ❗ lock 🔒 unlock 🔓 key 🔑 bell 🔔 mute 🔕 mag 🔍 bulb 💡 wrench 🔧 hammer 🔨
gear ⚙️ link 🔗 pin 📌 clip 📎 pencil ✏️ memo 📝 book 📖 calendar 📅 chart 📈 mail ✉️ phone 📞
computer 💻 keyboard ⌨️ floppy 💾 hourglass ⏳ clock 🕐 alarm ⏰ trophy 🏆 medal 🏅 soccer ⚽ music 🎵
art 🎨 camera 📷 money 💰 recycle ♻️ construction 🚧 stop 🛑 green_circle 🟢 red_circle 🔴 yellow_circle 🟡
`;

const words = NAMES.trim().split(/\s+/);
export const EMOJI = new Map();
for (let index = 0; index < words.length; index += 2) EMOJI.set(words[index], words[index + 1]);

// Once all are here: those above go before them, and usual names before those of Unicode, except
// where an old usual name has moved on.
const everyName = new Map([["egg", "🥚"], ["beetle", "🪲"]]);

const TIMEOUT_MS = 15_000;
let all = null;
/** [[emoji, [name, …]], …] of all there are; [] where they cannot be had now. */
export async function loadAllEmoji() {
  const address = `${page.root}/static/${page.version}/emoji.json`;
  all ??= fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer)))
    .then((found) => (noteNames(found), found));
  return all.catch(() => ((all = null), []));
}

function noteNames(found) {
  for (const [emoji, [, ...usual]] of found) for (const name of usual) noteName(name, emoji);
  for (const [emoji, [name]] of found) noteName(name, emoji);
}

function noteName(name, emoji) {
  if (!everyName.has(name)) everyName.set(name, emoji);
}

/** "" for what is no name. Other chats write man-shrugging and flag-de; :1234: is a number. */
function emojiOf(name) {
  if (EMOJI.has(name)) return EMOJI.get(name);
  if (/^\d+$/.test(name)) return "";
  return everyName.get(name) ?? everyName.get(name.replace(/^flag-/, "").replaceAll("-", "_")) ?? "";
}

// Letters of scripts that put blanks between words; beside others a name may stand without one.
const LETTER =
  "(?![\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}])[\\p{L}\\p{N}_]";
// Neither a slice, x[:-1:], nor a value, =:key:, nor a name that is talked of, ":key:".
const SHORT_NAMES = new RegExp(
  `(?<!${LETTER}|[:/\\\\@\\-[{<=$%#&"'])(?::[a-z0-9_+-]+:)+(?!${LETTER}|[:/\\\\=\\]}])`, "gu",
);
const FIELD = /^\s*:([a-z0-9_+-]+):\s/gm;
// What is shown there is shown as it was typed.
const VERBATIM = "code, pre, a[rel], button";

/** `:tada:` becomes the emoji itself; names that are not known, or part of a word, stay. */
export const withEmoji = (text) => (isFieldList(text) ? text : replaceNames(text));

const replaceNames = (text) =>
  text.replace(SHORT_NAMES, (names) => {
    const found = names.slice(1, -1).split("::").map(emojiOf);
    return found.every(Boolean) ? found.join("") : names;
  });

// ":host: example.org" above ":key: abc": where one name is no emoji, the others are none either.
function isFieldList(text) {
  const names = [...text.matchAll(FIELD)];
  return names.length > 1 && names.some(([, name]) => !emojiOf(name));
}

/** The same in a message, but for its code and links; whether a name there is not known (yet). */
export function showEmoji(body) {
  if (isFieldList(body.textContent)) return true;
  const texts = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
  let hasUnknown = false;
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    if (node.parentElement.closest(VERBATIM)) continue;
    const shown = replaceNames(node.data);
    if (shown !== node.data) node.data = shown;
    hasUnknown ||= shown.search(SHORT_NAMES) >= 0;
  }
  return hasUnknown;
}
