// The service worker: rooms that were open before can be read offline, and what a click on a notice
// does. It answers navigations to pages and their static files, never a feed, a post or a poll. What
// waits to be sent it sends when the browser says that there is a network, with or without a page.
import { postAs } from "./js/asking.js";
import { deliver, fieldsOf, isKnown } from "./js/compose/delivering.js";
import { Waiting } from "./js/compose/waiting.js";

const version = new URL(self.location).searchParams.get("v");
const { scope } = self.registration;
const OURS = `sse-chat:${new URL(scope).pathname}:`;
const FILES = OURS + version;
// Then the id of who read them: the next person at this browser finds none.
const ROOMS = `${FILES}:rooms:`;
const MAX_ROOMS = 30;
const offline = new URL("offline", scope).href;
const offlineScript = new URL(`static/${version}/offline.js`, scope).href;
const PAGE = /^(chat(\/[a-z0-9_-]+)?|dm\/[^/]+)?$/;
const POST = { requestMethod: "POST" };
const SIGN_OUT = "/session/end";
const REFUSED = new Set([401, 403, 404, 410]);
const RETRY_AFTER_MS = [2000, 4000, 8000, 16_000];
const waiting = new Waiting(new URL(scope).pathname);

self.addEventListener("install", (event) => {
  // What scripts ask for needs no worker. Chromium even loses what a page that closes sends, when it
  // has to pass through here.
  event.addRoutes?.([
    { condition: { ...POST, urlPattern: new URLPattern({ pathname: `*${SIGN_OUT}` }) }, source: "fetch-event" },
    { condition: POST, source: "network" },
    { condition: { requestDestination: "" }, source: "network" },
  ]);
  event.waitUntil(keepOfflinePage().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(drop((name) => !name.startsWith(FILES)).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (!url.href.startsWith(scope)) return;
  if (request.method === "POST" && url.pathname.endsWith(SIGN_OUT)) {
    event.waitUntil(Promise.all([forgetRooms(), waiting.clear()]));
  }
  if (request.method !== "GET") return;
  if (request.mode === "navigate" && isPage(url)) event.respondWith(open(event, url));
  else if (isFile(url)) event.respondWith(fileOf(request));
});

self.addEventListener("message", (event) => {
  if (event.data.name === "keep") event.waitUntil(keepNow(event));
});

self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(sendWaiting());
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(goTo(event.notification.data));
});

// To the tab that has the room open, else to a new one.
async function goTo({ at, id }) {
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find(({ url }) => new URL(url).pathname === at);
  if (!tab) return self.clients.openWindow(id ? `${at}?at=${id}#m${id}` : at);
  await tab.focus();
  tab.postMessage({ name: "show", id });
}

// What the server refuses stays for the page, which says why.
const sending = {
  async next(held) {
    const isDue = (item) => !item.isSent && !item.isRefused && isKnown(item) && !held.has(item.room);
    return (await waiting.all()).find(isDue);
  },
  send: (item) => postAs(item.by, item.path, fieldsOf(item), item.key),
  forget: (item) => note(item, { isSent: true }),
  refuse: (item) => note(item, { isRefused: true }),
};

// Without its words: whoever has signed out while it was on its way leaves none behind.
const note = ({ key, room, at }, outcome) => waiting.put({ key, room, at, ...outcome });

async function sendWaiting() {
  for (const afterMs of RETRY_AFTER_MS) {
    if (!(await deliver(sending))) return;
    await new Promise((goOn) => setTimeout(goOn, afterMs));
  }
  // The browser tries again, a few times, further and further apart.
  if (await deliver(sending)) throw new Error("not everything is sent yet");
}

function isPage(url) {
  const rest = url.href.slice(scope.length).split(/[?#]/)[0];
  return PAGE.test(rest) && !url.searchParams.has("format");
}

const isFile = (url) => url.pathname.includes(`/static/${version}/`);
const placeOf = (url) => url.origin + url.pathname;

// What answers in the server's place, as a proxy in front of one that restarts, is no page either.
async function open(event, url) {
  const response = await fetch(event.request).catch(() => null);
  if (response && response.status < 500) {
    event.waitUntil(keep(url, response.clone()));
    return response;
  }
  const kept = await find(url);
  return kept ?? response ?? (await caches.match(offline)) ?? Response.error();
}

async function find(url) {
  const names = await caches.keys();
  const cacheName = names.find((name) => name.startsWith(ROOMS));
  return cacheName && (await caches.open(cacheName)).match(placeOf(url));
}

async function keep(url, response) {
  if (REFUSED.has(response.status)) return forgetRoom(url);
  const isHtml = response.headers.get("Content-Type")?.startsWith("text/html");
  if (!response.ok || !isHtml || url.search) return null;
  const html = await response.text();
  const [, who] = / data-author-id="([^"]*)"/.exec(html) ?? [];
  if (who === undefined) return null;
  await forgetRooms(who);
  const headers = new Headers(response.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  const marked = html.replace(' data-state="', ' data-kept data-state="');
  const cache = await caches.open(ROOMS + who);
  // At the end of the row, whose first goes when there are too many.
  await cache.delete(placeOf(url));
  await cache.put(placeOf(url), new Response(marked, { headers }));
  await keepFiles([offlineScript]);
  const old = (await cache.keys()).slice(0, -MAX_ROOMS);
  return Promise.all(old.map((each) => cache.delete(each)));
}

// A page that came before there was a worker, or has got on since.
async function keepNow({ data: { url, files }, ports: [port] }) {
  await keepFiles(files.filter((each) => isFile(new URL(each))));
  const answer = await fetch(url, { headers: { Accept: "text/html" }, cache: "no-store" });
  await keep(new URL(url), answer);
  port.postMessage("kept");
}

async function forgetRoom(url) {
  const names = (await caches.keys()).filter((name) => name.startsWith(ROOMS));
  for (const name of names) await (await caches.open(name)).delete(placeOf(url));
}

const forgetRooms = (but) => drop((name) => name.startsWith(ROOMS) && name !== ROOMS + but);

async function drop(isMeant) {
  const names = (await caches.keys()).filter((name) => name.startsWith(OURS));
  await Promise.all(names.filter(isMeant).map((name) => caches.delete(name)));
}

async function fileOf(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await (await caches.open(FILES)).put(request, response.clone());
  return response;
}

async function keepFiles(urls) {
  const cache = await caches.open(FILES);
  for (const url of urls) if (!(await cache.match(url))) await cache.add(url);
}

async function keepOfflinePage() {
  const cache = await caches.open(FILES);
  const response = await fetch(offline, { cache: "reload" });
  const styles = [...(await response.clone().text()).matchAll(/href="([^"]+page\.css)"/g)];
  await cache.put(offline, response);
  await cache.addAll(styles.map(([, href]) => href));
}
