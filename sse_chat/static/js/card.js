// What the pages that are forms gain where there is JavaScript: links and tokens can be copied.
import { addCopyButtons } from "./copying.js";
import { forgetOnSignOut } from "./speaker.js";

addCopyButtons(document);
forgetOnSignOut();
