/* What is shown in the columns, over the page: the claim, the one before and the next, a link to
   it, and the way back. */

let bar = null;

function button(words, name, act) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", className: "quiet", textContent: words, onclick: act });
  if (name) made.setAttribute("aria-label", name);
  return made;
}

function build(root, { step, back }) {
  bar = document.createElement("section");
  bar.className = "evidence-bar";
  bar.setAttribute("aria-label", "The finding that is shown in the answers");
  const link = button("Copy link", "", () => copyLink(link, `#${bar.dataset.finding}`));
  bar.append(
    Object.assign(document.createElement("span"), { className: "figures" }),
    document.createElement("p"),
    button("‹", "Previous finding", () => step(-1)),
    button("›", "Next finding", () => step(1)),
    link,
    button("Back (Esc)", "", back),
  );
  (root.querySelector(".answers") ?? root.lastElementChild).before(bar);
}

/** Show the bar for a finding, or take it away for none. */
export function drawBar(root, finding, acts) {
  document.documentElement.toggleAttribute("data-evidence", Boolean(finding));
  if (!finding) {
    bar?.remove();
    bar = null;
    return;
  }
  if (!bar) build(root, acts);
  const rows = [...root.querySelectorAll(".matrix tbody tr")];
  const at = rows.findIndex((row) => row.id === finding);
  bar.dataset.finding = finding;
  bar.querySelector("span").textContent = `${at + 1} of ${rows.length}`;
  bar.querySelector("p").textContent = rows[at].querySelector(".claim").textContent;
}

/** Put the address of a place of this page into the clipboard, and say so on the control. */
export async function copyLink(control, hash) {
  const words = (control.dataset.words ??= control.textContent);
  try {
    await navigator.clipboard.writeText(new URL(hash, location.href).href);
    control.textContent = "Copied";
  } catch {
    control.textContent = "Not copied";
  }
  setTimeout(() => (control.textContent = words), 1500);
}
