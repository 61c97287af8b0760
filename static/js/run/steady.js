/* Nothing moves under a reader: what comes in above the answers leaves them where they are. A
   reader who has not touched the page yet is brought up to it; others are told. */

const ACTS = ["wheel", "touchmove", "keydown", "pointerdown"];
let hasActed = false;
let stood = 0; // by itself the page only goes up from here: who goes further down has acted
for (const act of ACTS) {
  addEventListener(act, () => (hasActed = true), { passive: true, once: true, capture: true });
}

/** Draw, and keep what the reader sees where it stands. The browser's own anchoring would hold
    what is topmost: the question, while the answers below it go. */
export function steady(root, draw) {
  noticeScroll();
  const held = whatIsRead(root);
  const before = held.getBoundingClientRect().top;
  draw();
  const now = held.isConnected ? held : document.getElementById(held.id);
  const moved = now ? now.getBoundingClientRect().top - before : 0;
  if (Math.abs(moved) >= 1) {
    scrollBy({ top: moved, behavior: "instant" });
    stood = scrollY;
    // One picture of the held place first: else the way up would look like a jump.
    requestAnimationFrame(() => requestAnimationFrame(bringUp));
  }
  announce(root);
}

function noticeScroll() {
  if (scrollY > stood + 1) hasActed = true;
  stood = scrollY;
}

/* The last piece of the page that begins in the upper part of the window; of the comparison, once
   somebody reads it, the claim. Below a question that fills the upper part by itself it is, until
   somebody acts, the first piece that council members write. */
function whatIsRead(root) {
  const pieces = [...root.children].flatMap(parts).filter(seen); // a search would go through all answers
  const begins = (piece, within) => piece.getBoundingClientRect().top < innerHeight * within;
  const begun = pieces.filter((piece) => begins(piece, 0.4));
  const read = begun.at(-1) ?? pieces[0];
  if (hasActed) return (read.closest(".two") && rowInView(root)) || read;
  const written = pieces.filter((piece) => piece.matches(".two > *, .answers"));
  const isBelow = written.length && !begins(written[0], 0.4) && begins(written[0], 1);
  return isBelow ? written[0] : read;
}

function parts(piece) {
  if (piece.matches(".two")) return [...piece.children];
  return piece.matches(".dock") ? [] : [piece];
}

/* Claims are sorted once the comparison is whole: the one in view stays where it is. */
function rowInView(root) {
  const rows = [...root.querySelectorAll(".matrix tbody tr")];
  const row = rows.find((each) => each.getBoundingClientRect().bottom > 0);
  return row && row.getBoundingClientRect().top < innerHeight ? row : null;
}

function bringUp() {
  if (!hasActed) scrollTo({ top: 0, behavior: isCalm() ? "instant" : "smooth" });
}

addEventListener("scroll", noticeScroll, { passive: true });

function seen(element) {
  return element?.getClientRects().length ? element : null;
}

function isCalm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/* ---- "The comparison is ready" ---- */

let wasSeen = false;

function announce(root) {
  const line = root.querySelector("#ready");
  const breakdown = seen(root.querySelector("#breakdown"));
  if (!breakdown || wasSeen) return;
  const { top, bottom } = breakdown.getBoundingClientRect();
  wasSeen = !hasActed || (bottom > 0 && top < innerHeight);
  show(root, line, !wasSeen);
  const isReady = !breakdown.querySelector(".progress");
  line.firstChild.textContent = isReady ? "The comparison is ready " : "The comparison has begun ";
}

function show(root, line, isShown) {
  line.hidden = !isShown;
  root.toggleAttribute("data-ready", isShown); // the page keeps a place for it at its end
}

/** Wire the line that leads to the comparison; it goes once the comparison was seen. */
export function offerComparison(root) {
  const line = root.querySelector("#ready");
  if (!line || !("watched" in root.dataset)) return;
  document.documentElement.toggleAttribute("data-watching", true);
  wasSeen = Boolean(seen(root.querySelector("#breakdown")));
  line.addEventListener("click", (event) => {
    event.preventDefault();
    const target = seen(root.querySelector(".top")) ?? root.querySelector("#breakdown");
    target.scrollIntoView({ behavior: isCalm() ? "instant" : "smooth" });
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  });
  addEventListener("scroll", () => line.hidden || announce(root), { passive: true });
}
