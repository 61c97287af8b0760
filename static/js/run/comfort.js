/* What makes reading easier, put together. */

import { offerBest } from "./best.js";
import { isBlind, setBlind, switchNames } from "./blind.js";
import { offerFind, openFind } from "./find.js";
import { goTo, offerKeys, seatKeys, stepFinding } from "./keys.js";
import { showKinds } from "./kinds.js";
import { offerOutlines, openOutline } from "./outline.js";
import { keepPreferences } from "./prefer.js";
import { openTab } from "./tabs.js";

/** Wire everything that helps to read; `root` is the run's element. */
export function offerComfort(root) {
  switchNames(root);
  offerBest(root);
  showKinds(root);
  offerFind(root, openTab);
  offerOutlines(root, openTab);
  keepPreferences(root);
  offerKeys(root, {
    ...seatKeys((seat) => {
      if (!document.getElementById(`seat-${seat}`)) return;
      openTab(seat);
      goTo(document.getElementById(`seat-${seat}`));
    }),
    j: () => stepFinding(root, 1),
    k: () => stepFinding(root, -1),
    s: () => goTo(root.querySelector(".synthesis")),
    b: () => goTo(document.getElementById("breakdown")),
    o: () => openOutline(root),
    r: () => setBlind(!isBlind()),
    "/": openFind,
  });
}
