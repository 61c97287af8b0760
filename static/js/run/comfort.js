/* What makes reading easier, put together. */

import { offerBest } from "./best.js";
import { switchNames } from "./blind.js";
import { offerFind } from "./find.js";
import { showKinds } from "./kinds.js";
import { openTab } from "./tabs.js";

/** Wire everything that helps to read; `root` is the run's element. */
export function offerComfort(root) {
  switchNames(root);
  offerBest(root);
  showKinds(root);
  offerFind(root, openTab);
}
