// The sidebar as a drawer on narrow screens.
import { find } from "../page.js";

const WIDE = "(min-width: 800px)";

export function setUpDrawer() {
  const side = find("drawer");
  const opener = find("open-drawer");
  const main = find("main");
  opener.setAttribute("role", "button");
  opener.setAttribute("aria-controls", "side");
  const show = (isOpen) => {
    const wasOpen = main.inert;
    document.body.toggleAttribute("data-drawer-open", isOpen);
    opener.setAttribute("aria-expanded", String(isOpen));
    // The focus stays in what covers the rest.
    main.inert = isOpen;
    if (isOpen) find("close-drawer").focus();
    else if (wasOpen) opener.focus();
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
  matchMedia(WIDE).addEventListener("change", () => show(false));
  find("close-drawer").addEventListener("click", () => show(false));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !main.inert) return;
    event.preventDefault();
    show(false);
  });
  document.addEventListener("pointerdown", ({ target }) => {
    if (main.inert && !side.contains(target)) show(false);
  });
}
