/* What the page says of its connection. */

const LOST_AFTER_MS = 1_200; // shorter breaks heal before a reader could read the banner

const banner = document.getElementById("banner");
let lostTimer;

/** The socket is `live`, `lost` or `refused` with a close code. */
export function onLine(line, code) {
  if (line !== "lost" || !navigator.onLine) {
    clearTimeout(lostTimer);
    lostTimer = undefined;
  }
  if (line === "live") {
    banner.hidden = true;
  } else if (line === "refused") {
    banner.textContent =
      code === 4401
        ? "You are signed out here. The council goes on; sign in and reload to see it."
        : "This run can no longer be followed here. Reload the page to see where it stands.";
    banner.hidden = false;
  } else {
    // Counted from the first sign: attempts that fail in between must not put it off.
    lostTimer ??= setTimeout(() => (banner.hidden = false), navigator.onLine ? LOST_AFTER_MS : 0);
  }
}
