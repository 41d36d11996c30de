// The sidebar as a drawer on narrow screens.
import { find } from "../page.js";

export function setUpDrawer() {
  const side = find("drawer");
  const opener = find("open-drawer");
  opener.setAttribute("role", "button");
  opener.setAttribute("aria-controls", "side");
  const show = (isOpen) => {
    document.body.toggleAttribute("data-drawer-open", isOpen);
    opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) find("close-drawer").focus();
    else if (side.contains(document.activeElement)) opener.focus();
  };
  show(false);
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    show(true);
  });
  opener.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    show(true);
  });
  find("close-drawer").addEventListener("click", () => show(false));
  document.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
  document.addEventListener("pointerdown", ({ target }) => {
    const isOpen = document.body.hasAttribute("data-drawer-open");
    if (isOpen && !side.contains(target) && !opener.contains(target)) show(false);
  });
}
