/* What makes reading easier, put together. */

import { offerBest } from "./best.js";
import { isBlind, setBlind, switchNames } from "./blind.js";
import { stepFinding } from "./evidence.js";
import { offerFind, openFind } from "./find.js";
import { goTo, offerKeys, seatKeys } from "./keys.js";
import { showKinds } from "./kinds.js";
import { offerOutlines, openOutline } from "./outline.js";
import { keepPreferences } from "./prefer.js";
import { openTab } from "./tabs.js";

/* The shorter reading speeds leave out what the reader asks for here. */
function showAll() {
  document.getElementById("speed-all").checked = true;
}

function open(seat) {
  showAll();
  if (seat !== "writer") openTab(seat);
}

function goToPart(element) {
  if (!element?.checkVisibility()) showAll();
  goTo(element);
}

/** Wire everything that helps to read; `root` is the run's element. */
export function offerComfort(root) {
  switchNames(root);
  offerBest(root);
  showKinds(root);
  offerFind(root, open);
  offerOutlines(root, open);
  keepPreferences(root);
  offerKeys(root, {
    ...seatKeys((seat) => {
      if (!document.getElementById(`seat-${seat}`)) return;
      open(seat);
      goTo(document.getElementById(`seat-${seat}`));
    }),
    j: () => stepFinding(1),
    k: () => stepFinding(-1),
    s: () => goToPart(root.querySelector(".synthesis")),
    b: () => goToPart(document.getElementById("breakdown")),
    o: () => {
      showAll();
      openOutline(root);
    },
    r: () => setBlind(!isBlind()),
    "/": openFind,
  });
}
