/* Pieces of the page that are rendered as one: replaced when they look different. */

import { focusOn, fragment } from "./fragment.js";

/** Put a piece's new HTML in its place; what the reader had opened or focused stays so. */
export function drawPart(id, html) {
  const old = document.getElementById(id);
  const [fresh] = fragment(html).children;
  if (!old || !fresh) return;
  putOutcomes(fresh);
  if (old.isEqualNode(fresh)) return;
  if (old.role === "status") {
    old.textContent = fresh.textContent; // a live region that is replaced is not read out
    return;
  }
  keepOpen(old, fresh);
  const focused = old.contains(document.activeElement) && nameOf(document.activeElement);
  const piece = take(old, fresh);
  // What a column looks like as a whole is said by its foot: asked of all that is in it, it would
  // be asked again with every word.
  if (piece.matches(".col > .foot")) {
    piece.parentElement.toggleAttribute("data-silent", "silent" in piece.dataset);
  }
  if (focused) focusOn(within(piece, CONTROLS).find((c) => nameOf(c) === focused) ?? piece);
}

/* The comparison is a container (css/run/breakdown.css): another one in its place would have the
   whole page counted and laid out anew, which took 17 ms beside eight long answers. */
function take(old, fresh) {
  if (old.id !== "breakdown") {
    old.replaceWith(fresh);
    return fresh;
  }
  for (const name of new Set([...old.getAttributeNames(), ...fresh.getAttributeNames()])) {
    const value = fresh.getAttribute(name);
    if (value === null) old.removeAttribute(name);
    else if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  old.replaceChildren(...fresh.childNodes);
  return old;
}

/* What came of asking about one point alone is known when the page is loaded, and no frame
   tells it: it stands in a template, and goes to its claim whenever that is drawn. */
function putOutcomes(fresh) {
  const known = [...(document.getElementById("came-of")?.content.children ?? [])];
  for (const place of within(fresh, "[data-came-of]")) {
    const found = known.find((each) => each.dataset.cameOf === place.dataset.cameOf);
    if (found) place.replaceChildren(...found.cloneNode(true).childNodes);
  }
}

/** A member who came after the page was loaded gets a column behind the others. */
export function drawColumn(root, letter, html) {
  if (document.getElementById(`seat-${letter}`)) return false;
  const grid = document.getElementById("grid");
  grid.append(fragment(html));
  root.dataset.seats = grid.querySelectorAll(":scope > article").length;
  root.classList.toggle("many", root.dataset.seats > 4);
  return true;
}

/** What the reader had opened stays open. */
function keepOpen(old, fresh) {
  const open = within(old, "details").filter((details) => details.open).map(nameOf);
  for (const details of within(fresh, "details")) details.open = open.includes(nameOf(details));
}

const CONTROLS = "a, button, summary, input, [tabindex]";

function within(element, selector) {
  return [element, ...element.querySelectorAll(selector)].filter((e) => e.matches(selector));
}

/* What a control is, not where it stands: "Stop" must never inherit the focus of "Judge now". */
function nameOf(element) {
  const form = element.closest("form")?.getAttribute("action");
  const href = element.getAttribute("href");
  const purpose = form ?? element.ariaLabel ?? href ?? element.className;
  const copies = "copyLink" in element.dataset ? " copy" : "";
  return `${element.localName} ${element.closest("[id]").id} ${purpose}${copies}`;
}
