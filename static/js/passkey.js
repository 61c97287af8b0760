// Passkeys: the browser makes or uses one, the form carries what it said. Without a form of
// this kind on the page nothing happens.

const bytes = (text) => Uint8Array.from(
  atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0),
);
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function unpacked(options) {
  const key = structuredClone(options.publicKey);
  key.challenge = bytes(key.challenge);
  if (key.user) key.user.id = bytes(key.user.id);
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    for (const known of key[list] ?? []) known.id = bytes(known.id);
  }
  return key;
}

function packed(credential) {
  const response = {};
  const names = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  for (const name of names) if (credential.response[name]) response[name] = text(credential.response[name]);
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
  };
}

async function optionsOf(form) {
  if (form.dataset.from) return JSON.parse(document.getElementById(form.dataset.from).textContent);
  const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.status === 429 ? "often" : "server");
  return answer.json();
}

async function credentialFor(form) {
  const options = await optionsOf(form);
  if (form.dataset.passkey === "get") {
    return navigator.credentials.get({ publicKey: unpacked(options.request_options) });
  }
  const publicKey = unpacked(options.creation_options);
  publicKey.authenticatorSelection = {
    ...publicKey.authenticatorSelection,
    residentKey: "required", requireResidentKey: true, userVerification: "required",
  };
  return navigator.credentials.create({ publicKey });
}

function why(problem) {
  if (problem.name === "InvalidStateError") return "This device holds a passkey of yours already.";
  if (problem.name === "NotAllowedError") return "Nothing was done: it was cancelled, or took too long. Try again.";
  if (problem.name === "SecurityError") return "Passkeys do not work at this address.";
  if (problem.message === "often") return "Too many attempts. Wait a minute, then try again.";
  return "The browser could not use a passkey here. Try again, or sign in another way.";
}

function unusable() {
  if (!window.isSecureContext) return "Passkeys need https, or localhost.";
  if (!window.PublicKeyCredential) return "This browser knows no passkeys.";
  if (/^[\d.]+$|^\[/.test(location.hostname)) {
    const named = ["127.0.0.1", "[::1]"].includes(location.hostname);
    return `A passkey belongs to a name, not to a number.${named ? " Open this page at localhost instead of " + location.hostname + "." : ""}`;
  }
  return "";
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button");
  const note = form.querySelector("[data-passkey-note]");
  const reason = unusable();
  note.textContent = reason;
  form.hidden = Boolean(reason && form.dataset.options);
  button.disabled = Boolean(reason);
  form.addEventListener("submit", async (event) => {
    const held = form.elements.credential;
    if (held.value) return;
    event.preventDefault();
    button.disabled = true;
    note.textContent = "The browser asks you now …";
    try {
      held.value = JSON.stringify(packed(await credentialFor(form)));
      form.requestSubmit();
    } catch (problem) {
      note.textContent = why(problem);
      button.disabled = false;
    }
  });
}
