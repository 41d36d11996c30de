// A link to the room: to copy, or to share where the system can.
import { addCopyButtons } from "../copying.js";
import { find, page } from "../page.js";

export function setUpInvite() {
  const link = find("invite-link");
  const url = link.textContent.trim();
  addCopyButtons(link);
  const share = find("share");
  share.hidden = !navigator.share;
  share.addEventListener("click", () => {
    navigator.share({ title: page.where, url }).catch(() => {});
  });
}
