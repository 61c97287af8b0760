/* What a person sets about their reading: kept by the server, true on the page at once. */

import { onLine } from "./line.js";

const ATTRIBUTES = { compact: ["data-compact", true], shortcuts: ["data-no-keys", false] };

/** Send forms with `data-prefer` without leaving the page. */
export function keepPreferences(root) {
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest("[data-prefer]");
    if (!form) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    const [attribute, whenOn] = ATTRIBUTES[form.dataset.prefer];
    document.documentElement.toggleAttribute(attribute, (body.get("on") === "1") === whenOn);
    // The button that was pressed gives way to its counterpart.
    [...form.querySelectorAll("button")].find((b) => b !== event.submitter)?.focus();
    const headers = { "X-Requested-With": "council" };
    try {
      const answer = await fetch(form.action, { method: "POST", headers, body });
      if (!answer.ok) location.reload();
    } catch {
      onLine("lost");
    }
  });
}
