/* A column follows its end only while the reader is there. Otherwise a button at its bottom says
   how many lines have come since, leads to the end, and lets the column follow again. */

const NEAR_END_PX = 48;
const left = new Map(); // scroller → its height in pixels when the reader left its end
const tops = new WeakMap(); // scroller → where it stood
const grown = new Set(); // scrollers whose text has grown since the last picture
let isOver = false;

/** A seat's text has grown; all columns are brought to their ends at once, before the next
    picture: to ask each for its height after each change would lay the page out anew each time. */
export function hasGrown(scroller, over) {
  isOver = over;
  if (!scroller) return;
  if (!grown.size) requestAnimationFrame(follow);
  grown.add(scroller);
}

function follow() {
  const heights = [...grown].map((scroller) => [scroller, scroller.scrollHeight]); // before any moves
  for (const [scroller, height] of heights) {
    if (left.has(scroller)) count(scroller);
    else if (!isOver) scroller.scrollTop = height;
  }
  grown.clear();
}

function count(scroller) {
  const line = parseFloat(getComputedStyle(scroller.querySelector(".prose")).lineHeight);
  const lines = Math.round((scroller.scrollHeight - left.get(scroller)) / line);
  const button = scroller.parentElement.querySelector("[data-newer]");
  button.hidden = lines < 1;
  button.textContent = `${lines} new line${lines === 1 ? "" : "s"} ↓`;
}

function isAtEnd({ scrollHeight, scrollTop, clientHeight }) {
  return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
}

/* Only a way up leaves the end: text that grew between two pictures moves the end away, too. */
function onScroll({ target: scroller }) {
  if (!scroller.matches?.("[data-scroller]")) return;
  const wentUp = scroller.scrollTop < (tops.get(scroller) ?? 0);
  tops.set(scroller, scroller.scrollTop);
  if (isAtEnd(scroller)) comeBack(scroller);
  else if (wentUp && !left.has(scroller)) left.set(scroller, scroller.scrollHeight);
}

function comeBack(scroller) {
  left.delete(scroller);
  const button = scroller.parentElement.querySelector("[data-newer]");
  if (button === document.activeElement) scroller.focus({ preventScroll: true });
  button.hidden = true;
}

/** Wire the columns of the page. */
export function followEnds(root) {
  root.addEventListener("scroll", onScroll, { capture: true, passive: true });
  root.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-newer]");
    const scroller = button?.parentElement.querySelector("[data-scroller]");
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
  });
}
