/* Copy buttons: of whole answers, and of code inside them. */

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

/** Serve all copy buttons; `textOf` gives a seat's Markdown. */
export function offerCopies(root, textOf) {
  root.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.copy) copy(button, textOf(button.dataset.copy));
    else if (button?.closest(".code-bar")) {
      copy(button, button.closest(".code").querySelector("code").textContent);
    }
  });
  addCopyToCode(root);
  root.addEventListener("drawn", ({ detail }) => {
    if (detail.blocks) addCopyToCode(root.querySelector(`[data-body="${detail.seat}"]`));
  });
}
