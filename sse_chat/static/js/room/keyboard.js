// The keyboard of a phone covers the field where the browser does not make the page smaller for it.
const { visualViewport: view, document: { documentElement: root } } = globalThis;

export function setUpKeyboard() {
  view?.addEventListener("resize", () => {
    // Zooming in makes the view smaller too, and must not move anything.
    const isCovered = view.scale === 1 && view.height < root.clientHeight - 1;
    if (isCovered) root.style.setProperty("--view", `${view.height}px`);
    else root.style.removeProperty("--view");
    if (isCovered) scrollTo(0, 0);
  });
}
