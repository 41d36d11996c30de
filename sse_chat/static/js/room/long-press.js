// Where one touches: a long press on a message opens its toolbar, which has the quick reactions too.
// The text below the finger can be selected as before.
const PRESS_MS = 500;
const MOVED_PX = 10;
// What a press means something else to.
const BUSY = "a, button, input, textarea";

/** `first`: a touch that began before, and lasts. */
export function setUpLongPress(list, actions, first) {
  let press = null;
  let hasOpened = false;
  const open = () => {
    const { row } = press;
    end();
    if (!row.isConnected) return;
    hasOpened = true;
    actions.open(row);
  };
  const begin = ({ target, touches }) => {
    end();
    hasOpened = false;
    const row = target.closest("[data-log] .message[data-id]");
    if (!row || touches.length > 1 || target.closest(BUSY)) return;
    const { clientX: x, clientY: y } = touches[0];
    press = { row, x, y, timer: setTimeout(open, PRESS_MS) };
  };
  const move = ({ touches: [{ clientX, clientY }] }) => {
    if (press && Math.hypot(clientX - press.x, clientY - press.y) > MOVED_PX) end();
  };
  const end = () => {
    clearTimeout(press?.timer);
    press = null;
  };
  const isPassive = { passive: true };
  list.addEventListener("touchstart", begin, isPassive);
  list.addEventListener("touchmove", move, isPassive);
  list.addEventListener("touchend", (event) => {
    end();
    // Else it were a click as well, on what is below the finger by now.
    if (hasOpened && event.cancelable) event.preventDefault();
  });
  list.addEventListener("touchcancel", end);
  // Some browsers take a long press for their own before our time is over.
  list.addEventListener("contextmenu", () => press && open());
  if (first) begin(first);
}
