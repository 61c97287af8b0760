/* What the reader asks of the run: stop, judge, ask again. */

import { onLine } from "./line.js";

function token() {
  return document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

async function post(form, isOver) {
  const button = form.querySelector("button");
  if (button.ariaDisabled) return;
  button.ariaDisabled = "true"; // `disabled` would take the keyboard's place away
  const wasOver = isOver(); // a Stop may end the run before its answer is here
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "X-CSRFToken": token(), "X-Requested-With": "council" },
      body: new URLSearchParams(new FormData(form)),
    });
    if (answer.status === 409) return refuse(await answer.text(), button);
    // Any other refusal means that the page shows what is no longer so.
    if (!answer.ok || wasOver) location.reload();
  } catch {
    button.ariaDisabled = null;
    onLine("lost");
  }
}

/** What may not be done, and why: nothing else on the page has changed. */
function refuse(sentence, button) {
  const line = document.getElementById("refusal");
  line.textContent = sentence;
  line.hidden = false;
  button.ariaDisabled = null;
}

/** Send the forms of the page without leaving it. `isOver` says whether the run has ended. */
export function sendOrders(root, isOver) {
  root.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-post]")) return;
    event.preventDefault();
    post(event.target, isOver);
  });
}
