/* Copy buttons: of whole answers, with or without their source, and of code inside them. */

import { isBlind } from "./blind.js";

async function copy(button, text, html) {
  button.dataset.words ??= button.textContent;
  try {
    if (html && window.ClipboardItem) await navigator.clipboard.write([both(text, html)]);
    else await navigator.clipboard.writeText(await text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not copied";
  }
  setTimeout(() => (button.textContent = button.dataset.words), 1500);
}

/* Markdown for those who ask for text, formatted words for those who take them. */
function both(text, html) {
  const plain = Promise.resolve(text).then((words) => new Blob([words], { type: "text/plain" }));
  return new ClipboardItem({
    "text/plain": plain,
    "text/html": new Blob([html], { type: "text/html" }),
  });
}

/* The words as they stand on the page, without what is ours: marks, chips, buttons, ids. */
function formatted(root, seat) {
  const copied = root.querySelector(`[data-body="${seat}"]`).cloneNode(true);
  for (const ours of copied.querySelectorAll(".tail, .code-bar, button, .vh")) ours.remove();
  for (const stretch of copied.querySelectorAll(".stretch")) stretch.replaceWith(...stretch.childNodes);
  for (const chip of copied.querySelectorAll("a.l")) chip.replaceWith(`[${chip.textContent}]`);
  for (const mark of copied.querySelectorAll("mark, span")) mark.replaceWith(...mark.childNodes);
  for (const element of copied.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) {
      if (!["href", "dir", "start", "colspan", "rowspan"].includes(name)) {
        element.removeAttribute(name);
      }
    }
  }
  return copied.innerHTML;
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
      if ("signed" in button.dataset) copy(button, text.then((t) => signed(root, button, t)));
      else copy(button, text, formatted(root, button.dataset.copy));
    } else if (button?.closest(".code-bar")) {
      copy(button, button.closest(".code").querySelector("code").textContent);
    }
  });
  addCopyToCode(root);
  root.addEventListener("drawn", ({ detail }) => detail.fresh.forEach(addCopyToCode));
}
