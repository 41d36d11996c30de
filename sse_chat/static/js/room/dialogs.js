// Dialogs by name: what opens and closes them.
export const dialog = (name) => document.querySelector(`[data-dialog="${name}"]`);

export function openDialog(name) {
  const found = dialog(name);
  if (!found.open) found.showModal();
  return found;
}

export function setUpDialogs() {
  document.addEventListener("pointerdown", ({ target, clientX: x, clientY: y }) => {
    if (!target.matches("dialog")) return;
    const { left, right, top, bottom } = target.getBoundingClientRect();
    if (x < left || x > right || y < top || y > bottom) target.close();
  });
  document.addEventListener("click", ({ target }) => {
    const opener = target.closest?.("[data-open-dialog]");
    if (opener) openDialog(opener.dataset.openDialog);
    if (target.closest?.("[data-close-dialog]")) target.closest("dialog").close();
  });
}
