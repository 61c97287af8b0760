/* Which answer the reader found best: one per question, changed or taken back at a press. */

import { isBlind } from "./blind.js";
import { onLine } from "./line.js";

/** Serve the buttons under the answers; they belong to the form `#best`. */
export function offerBest(root) {
  const form = document.getElementById("best");
  if (!form) return; // whoever reads what somebody else asked
  const seen = `names-seen ${root.dataset.run}`; // who has seen the names cannot unsee them
  const note = () => {
    if (!isBlind()) sessionStorage.setItem(seen, "1");
    form.elements.blind.value = sessionStorage.getItem(seen) ? "" : "1";
  };
  document.addEventListener("names", note);
  note();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    const seat = button.closest("article").id.replace("seat-", "");
    try {
      const headers = { "X-Requested-With": "council" };
      const body = new FormData(form, button);
      const answer = await fetch(form.action, { method: "POST", headers, body });
      if (!answer.ok) return location.reload();
      show(root, button.value, seat);
    } catch {
      onLine("lost");
    }
  });
}

function show(root, letter, seat) {
  for (const column of root.querySelectorAll("article.col")) {
    column.classList.toggle("is-chosen", column.id === `seat-${letter}`);
  }
  const said = document.getElementById("best-said");
  said.hidden = false;
  said.textContent = letter ? `You found ${letter} best.` : "No answer is marked as best.";
  // The button that was pressed is hidden: the keyboard's place passes to its counterpart.
  const other = letter ? ".is-best" : ".choose-best";
  root.querySelector(`#seat-${seat} ${other}`)?.focus({ preventScroll: true });
}
