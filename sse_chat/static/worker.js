// The service worker: a friendly page when a room is opened offline, and what a click on a notice
// does. It answers navigations to pages only, and never touches a feed, a post or a poll.
const version = new URL(self.location).searchParams.get("v");
const CACHE = `sse-chat-${version}`;
const offline = new URL("offline", self.registration.scope).href;
const PAGE = /^(chat(\/[a-z0-9_-]+)?|dm\/[^/]+)?$/;

self.addEventListener("install", (event) => {
  event.waitUntil(keepOfflinePage().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || !url.href.startsWith(self.registration.scope)) return;
  if (request.mode === "navigate" && isPage(url)) event.respondWith(orOffline(request));
  else if (url.pathname.includes(`/static/${version}/`) && url.pathname.endsWith(".css")) {
    event.respondWith(orCached(request));
  }
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

function isPage(url) {
  const rest = url.href.slice(self.registration.scope.length).split(/[?#]/)[0];
  return PAGE.test(rest) && !url.searchParams.has("format");
}

async function orOffline(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(offline)) ?? Response.error();
  }
}

async function orCached(request) {
  return (await caches.match(request)) ?? fetch(request);
}

async function keepOfflinePage() {
  const cache = await caches.open(CACHE);
  const response = await fetch(offline, { cache: "reload" });
  const styles = [...(await response.clone().text()).matchAll(/href="([^"]+page\.css)"/g)];
  await cache.put(offline, response);
  await cache.addAll(styles.map(([, href]) => href));
}

async function dropOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("sse-chat-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}
