/* A column follows its end only while the reader is there. Otherwise a button at its bottom says
   how many lines have come since, leads to the end, and lets the column follow again. */

const NEAR_END_PX = 48;
const left = new Map(); // scroller → its height in pixels when the reader left its end
const tops = new WeakMap(); // scroller → where it stood when it was last at its end
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

/* All are looked at before any is moved. Where each is put is kept: a text that became shorter had
   its column go up by itself, and that is not the reader. */
function follow() {
  const looks = [...grown].map((scroller) => [scroller, scroller.scrollHeight, left.has(scroller) ? lineOf(scroller) : 0]);
  for (const [scroller, height, line] of looks) {
    if (line) tell(scroller, Math.round((height - left.get(scroller)) / line));
    else if (!isOver) toEnd(scroller, height);
  }
  grown.clear();
}

function toEnd(scroller, height) {
  scroller.scrollTop = height;
  tops.set(scroller, scroller.scrollTop);
}

function lineOf(scroller) {
  return parseFloat(getComputedStyle(scroller.querySelector(".prose")).lineHeight);
}

function tell(scroller, lines) {
  const button = newer(scroller);
  button.hidden = lines < 1;
  button.textContent = `${lines} new line${lines === 1 ? "" : "s"} ↓`;
}

function newer(scroller) {
  return scroller.nextElementSibling; // a search would go through all that is written
}

function isAtEnd({ scrollHeight, scrollTop, clientHeight }) {
  return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
}

/* Only a way up leaves the end: text that grew between two pictures moves the end away, too. */
function onScroll({ target: scroller }) {
  if (!scroller.matches?.("[data-scroller]")) return;
  if (isAtEnd(scroller)) comeBack(scroller);
  else if (left.has(scroller)) return;
  else if (scroller.scrollTop < (tops.get(scroller) ?? 0) - NEAR_END_PX) left.set(scroller, scroller.scrollHeight);
}

function comeBack(scroller) {
  left.delete(scroller);
  tops.set(scroller, scroller.scrollTop);
  const button = newer(scroller);
  if (button === document.activeElement) scroller.focus({ preventScroll: true });
  button.hidden = true;
}

/** Wire the columns of the page. */
export function followEnds(root) {
  root.addEventListener("scroll", onScroll, { capture: true, passive: true });
  root.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-newer]");
    const scroller = button?.previousElementSibling;
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
  });
}
