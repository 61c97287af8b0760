/* What makes reading easier, put together. */

import { offerBest } from "./best.js";
import { isBlind, setBlind, switchNames } from "./blind.js";
import { stepFinding } from "./evidence.js";
import { goTo, offerKeys, seatKeys } from "./keys.js";
import { showKinds } from "./kinds.js";
import { offerOutlines, openOutline } from "./outline.js";
import { keepPreferences } from "./prefer.js";
import { showAll } from "./speeds.js";
import { openTab } from "./tabs.js";

function open(seat) {
  showAll();
  if (seat !== "writer") openTab(seat);
}

function goToPart(element) {
  if (!element?.checkVisibility()) showAll();
  goTo(element);
}

/* Loaded when somebody looks for words; if that fails the next press tries again. The box is there at
   once: letters typed before its script has come would be taken for single keys. */
let finder;

async function find(root) {
  const bar = document.getElementById("find");
  const input = bar.querySelector("input");
  const cameFrom = bar.hidden && document.activeElement;
  bar.hidden = false;
  input.focus();
  input.select();
  finder ??= import("./find.js").then(({ offerFind }) => offerFind(root, open));
  try {
    (await finder)(cameFrom);
  } catch (error) {
    finder = undefined;
    bar.hidden = true;
    throw error;
  }
}

/** Wire everything that helps to read; `root` is the run's element. */
export function offerComfort(root) {
  switchNames(root);
  offerBest(root);
  showKinds(root);
  root.addEventListener("click", ({ target }) => {
    if (target.closest("[data-find=open]")) find(root);
  });
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
    "/": () => find(root),
  });
}
