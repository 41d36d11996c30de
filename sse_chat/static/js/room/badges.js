// What is unread elsewhere: a badge at each room, and a dot at the way to the rooms where they lie
// in a drawer.
import { find, isConversation, page } from "../page.js";

export function showBadges(rooms) {
  const others = rooms.filter(({ room }) => room !== page.room);
  others.forEach(showBadge);
  const opener = find("open-drawer");
  const isUnread = others.some(({ unread }) => unread > 0);
  opener.toggleAttribute("data-unread", isUnread);
  opener.toggleAttribute("data-mentions", others.some(({ mentions }) => mentions > 0));
  opener.setAttribute("aria-label", `Rooms and people${isUnread ? ", some unread" : ""}`);
}

function showBadge({ room, unread, mentions }) {
  const link = document.querySelector(`.rooms a[data-room="${CSS.escape(room)}"]`);
  if (!link) return;
  link.toggleAttribute("data-unread", unread > 0);
  const badge = find("badge", link);
  badge.hidden = !unread;
  badge.textContent = unread > 99 ? "99+" : unread;
  badge.toggleAttribute("data-mentions", mentions > 0);
  const named = mentions && !isConversation(room) ? `, ${mentions} mention you` : "";
  badge.setAttribute("aria-label", `${unread} unread${named}`);
}
