/* Single keys. None works while somebody writes, with a modifier, or when they are turned off. */

const WRITING =
  "textarea, select, [contenteditable], [role=combobox], " +
  "input:not([type=checkbox], [type=radio])";

/** `does` gives each key's act; a dialog lists them. */
export function offerKeys(root, does) {
  const dialog = document.getElementById("keys");
  if (!dialog) return; // who reads by a link has no settings, and so no way to turn keys off
  const acts = { ...does, "?": () => dialog.showModal() };
  root.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) dialog.showModal();
  });
  addEventListener("keydown", (event) => {
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.isComposing || event.target.closest?.(WRITING)) return;
    if (document.documentElement.hasAttribute("data-no-keys")) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    act();
  });
}

/** The keys of the answers: 1 to 8, and the letters themselves. */
export function seatKeys(goTo) {
  return Object.fromEntries(
    [..."ABCDEFGH"].flatMap((seat, index) => [
      [seat, () => goTo(seat)],
      [String(index + 1), () => goTo(seat)],
    ]),
  );
}

/** Go to a part of the page, if it is there: its place and the keyboard's. */
export function goTo(element) {
  if (!element?.checkVisibility()) return;
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus({ preventScroll: true });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "start", inline: "nearest", behavior: calm ? "auto" : "smooth" });
}
