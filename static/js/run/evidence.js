/* From a finding to the words it rests on: every column comes to its own sentence. */

let cameFrom = null;
let shown = null; // the finding whose words are lit

function marksOf(root, finding) {
  return [...root.querySelectorAll("mark[data-f]")].filter((mark) =>
    mark.dataset.f.split(" ").includes(finding),
  );
}

/** Light the words of the finding being read, and only those: blocks may have been drawn anew. */
export function light(root) {
  for (const mark of root.querySelectorAll("mark.is-lit")) mark.classList.remove("is-lit");
  if (shown) for (const mark of marksOf(root, shown)) mark.classList.add("is-lit");
}

function reveal(root, finding, seat, openTab) {
  shown = finding;
  light(root);
  const marks = marksOf(root, finding);
  if (seat) openTab(seat);
  const firsts = new Map();
  for (const mark of marks) {
    const scroller = mark.closest("[data-scroller]");
    if (scroller && !firsts.has(scroller)) firsts.set(scroller, mark);
  }
  for (const [scroller, mark] of firsts) bring(scroller, mark);
  const target = marks.find((mark) => mark.closest(`#seat-${seat}`)) ?? marks[0];
  if (!target) return;
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const scrolls = target.closest("[data-scroller]");
  const inside = scrolls && scrolls.scrollHeight > scrolls.clientHeight + 1;
  (inside ? scrolls.closest("article") : target).scrollIntoView({
    block: inside ? "start" : "center",
    behavior: calm ? "auto" : "smooth",
  });
}

/** Within its own scroller only, so that the page does not jump once per column. */
function bring(scroller, mark) {
  const distance = mark.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  scroller.scrollTop += distance - scroller.clientHeight / 3;
}

function fromHash(root, openTab) {
  const found = /^#q-(f\d+)-([A-H])$/.exec(location.hash);
  if (found && document.getElementById(location.hash.slice(1))) {
    reveal(root, found[1], found[2], openTab);
  }
}

/** Wire the links of the breakdown, deep links and Esc. */
export function followEvidence(root, openTab) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-finding]");
    if (!link) return;
    event.preventDefault();
    cameFrom = { x: scrollX, y: scrollY, href: link.getAttribute("href") };
    history.replaceState(null, "", link.getAttribute("href"));
    reveal(root, link.dataset.finding, link.dataset.seat, openTab);
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !root.querySelector("mark.is-lit")) return;
    shown = null;
    light(root);
    history.replaceState(null, "", location.pathname + location.search);
    if (!cameFrom) return;
    const place = { left: cameFrom.x, top: cameFrom.y };
    scrollTo(place);
    requestAnimationFrame(() => scrollTo(place)); // a smooth scroll under way has one more step
    root.querySelector(`a[href="${CSS.escape(cameFrom.href)}"]`)?.focus({ preventScroll: true });
    cameFrom = null;
  });
  addEventListener("hashchange", () => fromHash(root, openTab));
  fromHash(root, openTab);
}
