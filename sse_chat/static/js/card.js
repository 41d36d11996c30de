// What the pages that are forms gain where there is JavaScript: links and tokens can be copied.
import { addCopyButtons } from "./copying.js";
import { offerPasskeys } from "./passkeys.js";
import { forgetOnSignOut } from "./speaker.js";

addCopyButtons(document);
forgetOnSignOut();
offerPasskeys(document);

// What a form has made is shown at the form's own address: loading that again would make another.
const { address } = document.body.dataset;
if (address) history.replaceState(null, "", address);
