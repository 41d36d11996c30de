// Passkeys: what the forms of the account page and of signing in gain where the browser knows them.
// The browser's answer goes back as a field of the form, so that the server's page comes next.

const known = window.PublicKeyCredential;
const isNumber = /^[\d.]+$|:/.test(location.hostname);
const isSupported =
  window.isSecureContext && !isNumber && Boolean(known?.parseRequestOptionsFromJSON);

export function offerPasskeys(root) {
  for (const form of root.querySelectorAll("[data-passkey]")) {
    form.hidden = !isSupported;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      run(form).catch((problem) => show(form, problem.message));
    });
  }
}

async function run(form) {
  show(form, "");
  const { begin } = form.dataset;
  const { password } = Object.fromEntries(new FormData(form));
  const answer = await fetch(begin, {
    method: "POST",
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify(password ? { password } : {}),
  });
  const { options, ticket, detail } = await answer.json();
  if (!answer.ok) return show(form, `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`);
  const credential = await ask(form.dataset.passkey, options);
  form.elements.credential.value = JSON.stringify(credential);
  form.elements.ticket.value = ticket;
  if (form.elements.password) form.elements.password.value = "";
  form.submit();
}

function ask(what, options) {
  if (what === "add") {
    const publicKey = known.parseCreationOptionsFromJSON(options);
    return navigator.credentials.create({ publicKey });
  }
  return navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options) });
}

function show(form, text) {
  const problem = form.querySelector("[data-problem]");
  problem.hidden = !text;
  problem.textContent = text;
}
