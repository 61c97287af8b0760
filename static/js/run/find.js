/* Finding words in all answers at once. The browser's own search stays as it is. */

import { Displayed } from "./displayed.js";

const PAUSE_MS = 150; // between two letters typed
const REDRAW_MS = 500; // while the words still arrive
const MOST = 2000; // more places are counted, not lit

let root, bar, input, openSeat, cameFrom, timer;
let found = []; // [{ seat, places }]
let current = -1;

/** Wire the bar; what opens it. `open` shows a text, the writer's too, where only some are shown. */
export function offerFind(run, open) {
  [root, openSeat, bar] = [run, open, document.getElementById("find")];
  input = bar.querySelector("input");
  const does = { close, next: () => step(1), previous: () => step(-1) };
  root.addEventListener("click", (event) => {
    const button = event.target.closest("[data-find], [data-found]");
    if (button?.dataset.find) does[button.dataset.find]?.();
    else if (button) go(placesBefore(button.dataset.found));
  });
  input.addEventListener("input", () => later(search, PAUSE_MS));
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && event.target === input) step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  root.addEventListener("drawn", () => !bar.hidden && !timer && later(again, REDRAW_MS));
  return openFind;
}

function later(what, ms) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = undefined;
    what();
  }, ms);
}

/* `from`: where the keyboard was, when the box has just been opened. */
function openFind(from) {
  if (from) cameFrom = from;
  search();
}

function close() {
  bar.hidden = true;
  clearTimeout(timer);
  timer = undefined;
  light([], null);
  if (cameFrom?.isConnected) cameFrom.focus({ preventScroll: true });
}

function search() {
  look();
  current = -1;
  if (total()) go(0);
  else say();
}

function again() {
  look();
  current = Math.min(current, total() - 1);
  light(all(), all()[current]);
  say();
}

function look() {
  found = [...root.querySelectorAll("[data-body]")].map((body) => ({
    seat: body.dataset.body,
    places: new Displayed(body).find(input.value),
  }));
  found.sort((one, other) => (one.seat === "writer") - (other.seat === "writer"));
}

const all = () => found.flatMap(({ places }) => places);
const total = () => found.reduce((sum, { places }) => sum + places.length, 0);

function placesBefore(seat) {
  const index = found.findIndex((one) => one.seat === seat);
  return found.slice(0, index).reduce((sum, { places }) => sum + places.length, 0);
}

function step(by) {
  if (timer) return search();
  if (total()) go((current + by + total()) % total());
}

function go(index) {
  current = index;
  const place = all()[index];
  const body = place.startContainer.parentElement.closest("[data-body]");
  openSeat(body.dataset.body);
  light(all(), place);
  bring(place, body);
  say();
}

/* Only as far as it must: a place in view stays where it is. */
function bring(place, body) {
  const scroller = body.closest("[data-scroller]");
  scroller?.closest("article").scrollIntoView({ block: "nearest", inline: "nearest" });
  const box = () => place.getBoundingClientRect();
  if (scroller && scroller.scrollHeight > scroller.clientHeight + 1) {
    const frame = scroller.getBoundingClientRect();
    if (box().top < frame.top || box().bottom > frame.bottom) {
      scroller.scrollTop += box().top - frame.top - scroller.clientHeight / 3;
    }
  }
  if (box().top < innerHeight * 0.15 || box().bottom > innerHeight * 0.8) {
    scrollBy({ top: box().top - innerHeight / 3 });
  }
}

function light(places, now) {
  if (!CSS.highlights) return; // counted and shown one by one all the same
  CSS.highlights.set("find", new Highlight(...places.slice(0, MOST)));
  CSS.highlights.set("find-now", new Highlight(...(now ? [now] : [])));
}

function say() {
  const counts = found.map(({ seat, places }) => {
    const chip = document.createElement("button");
    Object.assign(chip, { type: "button", className: "quiet", disabled: !places.length });
    chip.dataset.found = seat;
    chip.textContent = `${seat === "writer" ? "Synthesis" : seat} ${places.length}`;
    return chip;
  });
  const held = document.activeElement?.dataset.found;
  const asked = input.value.trim();
  bar.querySelector(".found-in").replaceChildren(...(asked ? counts : []));
  if (held) (counts.find((chip) => chip.dataset.found === held && !chip.disabled) ?? input).focus();
  const unlit = CSS.highlights ? "" : " This browser cannot mark them.";
  bar.querySelector(".found-said").textContent = !asked
    ? ""
    : total()
      ? `${current + 1} of ${total()}, ${where()}.${unlit}`
      : "Not in any answer.";
}

function where() {
  let rest = current;
  const holder = found.find(({ places }) => (rest -= places.length) < 0);
  return holder?.seat === "writer" ? "in the synthesis" : `in ${holder?.seat}`;
}
