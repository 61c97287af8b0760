/* On a phone one answer at a time. */

let root;
let grid;

/** Show this seat's answer where only one is shown. */
export function openTab(seat) {
  grid.dataset.open = seat;
  for (const tab of root.querySelectorAll("[data-tab]")) {
    if (tab.dataset.tab === seat) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

/* ---- a swipe leads to the next answer ---- */

const FAR_PX = 48;

function besides(by) {
  const tabs = [...root.querySelectorAll("[data-tab]:not([hidden])")];
  return tabs[tabs.findIndex((tab) => tab.dataset.tab === grid.dataset.open) + by];
}

/* What scrolls sideways by itself, a table or code, keeps its own movement. */
function scrollsSideways(element) {
  for (let e = element; e && e !== grid; e = e.parentElement) {
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible") return true;
  }
  return false;
}

function wireSwipe() {
  let from = null;
  grid.addEventListener("touchstart", ({ touches, target }) => {
    const isOne = touches.length === 1 && seen(root.querySelector("#tabs"));
    from = isOne && !scrollsSideways(target) ? touches[0] : null;
  }, { passive: true });
  grid.addEventListener("touchend", ({ changedTouches: [to] }) => {
    if (!from) return;
    const [x, y] = [to.clientX - from.clientX, to.clientY - from.clientY];
    from = null;
    if (Math.abs(x) < FAR_PX || Math.abs(x) < 2 * Math.abs(y)) return;
    const next = besides(x < 0 ? 1 : -1);
    if (!next) return;
    openTab(next.dataset.tab);
    next.scrollIntoView({ block: "nearest", inline: "center" });
  }, { passive: true });
}

function seen(element) {
  return Boolean(element?.getClientRects().length);
}

/** Wire the tabs; the first answer that is shown is open. */
export function wireTabs(run) {
  root = run;
  grid = document.getElementById("grid");
  root.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (!tab) return;
    event.preventDefault();
    openTab(tab.dataset.tab);
  });
  // No browser brings what is focused into a strip that scrolls sideways.
  root.addEventListener("focusin", ({ target }) => {
    if (target.matches("[data-tab]")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  new MutationObserver(() => openTab(grid.dataset.open)).observe(
    root.querySelector(".answers") ?? root,
    { childList: true },
  );
  wireSwipe();
  openTab(grid.dataset.open);
}
