/* Copy buttons: of whole answers, with or without their source, and of code inside them. */

import { isBlind } from "./blind.js";

async function copy(button, text) {
  button.dataset.words ??= button.textContent;
  try {
    await navigator.clipboard.writeText(await text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not copied";
  }
  setTimeout(() => (button.textContent = button.dataset.words), 1500);
}

function addCopyToCode(target) {
  for (const bar of target.querySelectorAll(".code-bar:not(:has(button))")) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "quiet", textContent: "Copy" });
    button.setAttribute("aria-label", "Copy code");
    bar.append(button);
  }
}

/* Whose words these are, last; while names are hidden they are not copied either. */
function signed(root, button, text) {
  const seat = button.dataset.copy;
  const who = seat === "writer" ? "Synthesis" : seat;
  const model = isBlind() ? "" : `, ${button.dataset.model}`;
  const asked = root.querySelector("h1").textContent.trim();
  const from = `— ${who}${model}, via Fusion Council, ${root.dataset.asked}, for: ${asked}`;
  const letters = seat === "writer" && !isBlind() ? key(root) : "";
  return [text.trimEnd(), letters, from].filter(Boolean).join("\n\n") + "\n";
}

function key(root) {
  const members = root.querySelectorAll("[data-signed][data-copy]:not([data-copy=writer])");
  return [...members].map(({ dataset }) => `[${dataset.copy}] ${dataset.model}`).join("\n");
}

/** Serve all copy buttons; `textOf` gives a seat's Markdown. */
export function offerCopies(root, textOf) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.copy) {
      const text = textOf(button.dataset.copy);
      copy(button, "signed" in button.dataset ? text.then((t) => signed(root, button, t)) : text);
    } else if (button?.closest(".code-bar")) {
      copy(button, button.closest(".code").querySelector("code").textContent);
    }
  });
  addCopyToCode(root);
  root.addEventListener("drawn", ({ detail }) => {
    if (detail.blocks) addCopyToCode(root.querySelector(`[data-body="${detail.seat}"]`));
  });
}
