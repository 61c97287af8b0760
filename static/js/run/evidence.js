/* From a finding to the words it rests on: every column comes to its own sentence, and whoever
   is silent says so. `#f3` is a finding, `#f3.B` what B says of it (`#q-f3-B` in older links). */

import { copyLink, drawBar } from "./evidence-bar.js";
import { focusOn } from "./fragment.js";

const LINK = /^#(?:q-)?(f\d+)(?:[.-]([A-H]))?$/;
const paint = globalThis.CSS?.highlights && new Highlight();

let root;
let openSeat;
let shown = null; // {finding, seat} whose words are lit
let cameFrom = null;
let isLoaded = document.readyState === "complete";

/* ---- what is lit ---- */

function marksOf(finding) {
  return [...root.querySelectorAll("mark[data-f]")].filter((mark) =>
    mark.dataset.f.split(" ").includes(finding),
  );
}

/** Light the words of the finding being read, and only those: blocks may have been drawn anew. */
export function light() {
  const marks = shown ? marksOf(shown.finding) : [];
  if (!paint) {
    for (const mark of root.querySelectorAll("mark.is-lit")) mark.classList.remove("is-lit");
    for (const mark of marks) mark.classList.add("is-lit");
    return;
  }
  paint.clear();
  for (const mark of marks) {
    const range = new Range();
    range.selectNodeContents(mark);
    paint.add(range);
  }
  CSS.highlights.set("evidence", paint);
}

/* Who has no words for it says so in its column, over the margin: no word moves. */
function tellSilent(finding) {
  for (const note of root.querySelectorAll(".says-none")) note.remove();
  for (const cell of document.getElementById(finding)?.querySelectorAll("[data-none]") ?? []) {
    const note = document.createElement("p");
    const words = document.createElement("span");
    note.className = "says-none";
    words.textContent = cell.dataset.none;
    note.append(words);
    root.querySelector(`[data-scroller="${cell.dataset.letter}"]`)?.prepend(note);
  }
}

/* ---- to the words ---- */

/** Within its own scroller only, so that the page does not jump once per column. */
function bring(marks) {
  const seen = new Set();
  for (const mark of marks) {
    const scroller = mark.closest("[data-scroller]");
    if (!scroller || seen.has(scroller) || !mark.offsetParent) continue;
    seen.add(scroller);
    const distance = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
    scroller.scrollTop += distance - scroller.clientHeight / 3;
  }
}

function goTo(element, block) {
  const calm = !isLoaded || matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block, behavior: calm ? "auto" : "smooth" });
}

function show(finding, seat, { focuses = true } = {}) {
  const marks = marksOf(finding);
  if (!document.getElementById(finding)) return;
  shown = { finding, seat };
  root.dispatchEvent(new CustomEvent("evidence"));
  if (seat) openSeat(seat);
  light();
  tellSilent(finding);
  drawBar(root, finding, { step: stepFinding, back });
  const target = marks.find((mark) => mark.closest(`#seat-${seat}`)) ?? marks[0];
  if (!target) return openQuotes(document.getElementById(finding));
  if (!seat) openSeat(target.closest("article").id.replace("seat-", ""));
  bring(marks);
  if (focuses) focusOn(target);
  const scroller = target.closest("[data-scroller]");
  const isInside = scroller && scroller.scrollHeight > scroller.clientHeight + 1;
  goTo(isInside ? scroller.closest("article") : target, isInside ? "start" : "center");
}

/** The next finding in the order of the page, or the one before; the first when none is shown. */
export function stepFinding(by) {
  const rows = [...root.querySelectorAll(".matrix tbody tr")].filter((r) => r.offsetParent);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.id === shown?.finding);
  if (at < 0) remember(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : (at + by + rows.length) % rows.length;
  address(`#${rows[next].id}`);
  show(rows[next].id, "", { focuses: at < 0 });
}

/* ---- and back ---- */

function remember(element) {
  if (!shown) cameFrom = { x: scrollX, y: scrollY, element, href: element?.getAttribute("href") };
}

function address(hash) {
  history.replaceState(history.state, "", location.pathname + location.search + hash);
}

/** Where the reader was before the first finding: the place, and the keyboard's. */
function back() {
  if (!shown) return;
  const { finding } = shown;
  shown = null;
  light();
  for (const note of root.querySelectorAll(".says-none")) note.remove();
  drawBar(root, null);
  address("");
  const place = cameFrom && { left: cameFrom.x, top: cameFrom.y };
  const origin = cameFrom?.element?.isConnected
    ? cameFrom.element
    : root.querySelector(`a[href="${cameFrom?.href ?? `#${finding}`}"]`);
  cameFrom = null;
  if (!place) return focusOn(origin), origin && goTo(origin, "center");
  scrollTo(place);
  requestAnimationFrame(() => scrollTo(place)); // a smooth scroll under way has one more step
  focusOn(origin);
}

/* ---- quotes beside the claim ---- */

function openQuotes(row, quote) {
  const quotes = row.querySelector(".quotes");
  if (!quotes) return focusOn(row);
  quotes.open = true;
  for (const line of quotes.querySelectorAll(".is-current")) line.classList.remove("is-current");
  quote?.classList.add("is-current");
  focusOn(quote?.querySelector("a") ?? quotes.querySelector("summary"));
  goTo(quote ?? row, "nearest");
}

function onCell(cell) {
  const quote = document.getElementById(cell.hash.slice(1));
  const quotes = quote.closest("details");
  if (quotes.open && quote.classList.contains("is-current")) {
    quotes.open = false;
    return;
  }
  openQuotes(cell.closest("tr"), quote);
}

/** Esc beside a quote leads back to its cell. */
function closeQuotes() {
  const quote = document.activeElement?.closest?.(".quotes li");
  if (!quote) return;
  quote.closest("details").open = false;
  focusOn(root.querySelector(`a[href="#${quote.id}"]`));
}

/* ---- wiring ---- */

function fromHash() {
  const [, finding, seat] = LINK.exec(location.hash) ?? [];
  if (finding) show(finding, seat);
}

function onClick(event) {
  const link = event.target.closest("a[href^='#']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const [, finding, seat] = LINK.exec(link.hash) ?? [];
  if (link.dataset.cell === undefined && !finding) return;
  event.preventDefault();
  if (link.dataset.copyLink !== undefined) return copyLink(link, link.hash);
  if (link.dataset.cell !== undefined) return onCell(link);
  remember(link);
  address(link.hash);
  show(finding, seat);
}

/** Wire the links of findings, deep links and Esc. `open` shows a seat's column. */
export function followEvidence(run, open) {
  [root, openSeat] = [run, open];
  root.addEventListener("click", onClick);
  root.addEventListener("drawn", ({ detail }) => shown && detail.marks && light());
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (shown) back();
    else closeQuotes();
  });
  addEventListener("hashchange", fromHash);
  fromHash();
  if (isLoaded) return;
  // The browser goes to the claim itself once all is there: the words are what was linked to.
  addEventListener("load", () => {
    requestAnimationFrame(() => {
      fromHash();
      isLoaded = true;
    });
  });
}
