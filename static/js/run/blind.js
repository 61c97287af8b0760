/* Letters instead of names. The page carries both (`.named`, `.unnamed`); an attribute of the
   document's root says which are shown. */

const page = document.documentElement;

/** True while names are hidden. */
export function isBlind() {
  return page.hasAttribute("data-blind");
}

/** Hide the names or show them; the address says so, for a reload and for a link. */
export function setBlind(blind) {
  page.toggleAttribute("data-blind", blind);
  for (const option of document.querySelectorAll("option[data-name]")) {
    option.textContent = blind ? option.value : `${option.value} ${option.dataset.name}`;
  }
  const address = new URL(location.href);
  address.searchParams.set("blind", blind ? "1" : "0");
  history.replaceState(history.state, "", address);
  document.dispatchEvent(new CustomEvent("names", { detail: { blind } }));
}

/** Wire "Hide names" and "Reveal names". */
export function switchNames(root) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("[data-names]");
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    setBlind(link.dataset.names === "hide");
    // The one that was pressed is gone: the keyboard's place passes to its counterpart.
    const others = link.parentElement.querySelectorAll("[data-names], button.is-best");
    [...others].find((other) => other !== link)?.focus({ preventScroll: true });
  });
}
