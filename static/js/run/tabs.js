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

/** Wire the tabs; the first answer is open. */
export function wireTabs(run) {
  root = run;
  grid = document.getElementById("grid");
  root.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (!tab) return;
    event.preventDefault();
    openTab(tab.dataset.tab);
  });
  new MutationObserver(() => openTab(grid.dataset.open)).observe(
    root.querySelector(".answers") ?? root,
    { childList: true },
  );
  openTab(grid.querySelector("article")?.id.replace("seat-", "") ?? "A");
}
