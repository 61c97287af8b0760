/* The growing texts of the page, members' and writer's: closed blocks as the server rendered
   them, the open one as what it is about to be. */

import { hasGrown } from "./following.js";
import { focusOn, fragment } from "./fragment.js";
import { drawOpen } from "./tail.js";

const drawn = new Map(); // seat → the elements of each block, in order

function isList(element) {
  return element?.tagName === "OL" || element?.tagName === "UL";
}

/* A block that is one list is held by its items: the next block may add to the same list. */
function pieces(html) {
  const elements = [...fragment(html).children];
  const isOneList = elements.length === 1 && isList(elements[0]);
  return { elements, held: isOneList ? [...elements[0].children] : elements, isOneList };
}

/* Blocks of an answer are held together in stretches, as the server does (council/render/markup):
   those out of sight are left out of the work as one, and there are few of them to watch. */
const STRETCH = 24;
const sizes = new WeakMap(); // a stretch → how many blocks it holds

/** Append a closed block; a list that goes on gives its items to the list before it. */
function place(target, [html, joins]) {
  const end = target.lastElementChild;
  const tail = end?.matches(".tail") ? end : null;
  const last = tail ? tail.previousElementSibling : end;
  const isHeld = target.id !== "synthesis-body";
  const before = isHeld ? last?.lastElementChild : last;
  const { elements, held, isOneList } = pieces(html);
  const goesOn = joins && isOneList && isList(before);
  const holder = isHeld ? stretch(target, last, tail, goesOn) : target;
  if (goesOn) before.append(...held);
  else for (const element of elements) holder.insertBefore(element, isHeld ? null : tail);
  return held;
}

function stretch(target, last, tail, goesOn) {
  let holder = last;
  if (!last || (!goesOn && sizes.get(last) >= STRETCH)) {
    holder = Object.assign(document.createElement("div"), { className: "stretch" });
    target.insertBefore(holder, tail);
    last?.previousElementSibling?.classList.add("far"); // by its place, all would be styled anew
  }
  sizes.set(holder, (sizes.get(holder) ?? 0) + 1);
  return holder;
}

function replace(old, html) {
  const { held } = pieces(html);
  old[0].before(...held);
  for (const element of old) element.remove();
  return held;
}

/* Words that are drawn anew take their links and buttons with them: the keyboard's place passes to
   the one that stands where it was, or else to the text. */
const CONTROLS = "a, button, [tabindex='0']";

function keepPlace(target, draw) {
  const held = document.activeElement;
  if (!target.contains(held)) return draw();
  const at = [...target.querySelectorAll(CONTROLS)].indexOf(held);
  draw();
  if (held.isConnected) return;
  const same = document.getElementById(held.id) ?? target.querySelectorAll(CONTROLS)[at];
  focusOn(same?.localName === held.localName ? same : (target.closest("[data-scroller]") ?? target));
}

/** Draw a seat's text anew, from its plain state. */
export function drawAll(root, seat, { blocks, tail }) {
  const target = bodyOf(root, seat);
  if (target) keepPlace(target, () => drawAnew(root, target, seat, { blocks, tail }));
}

function drawAnew(root, target, seat, { blocks, tail }) {
  for (const child of [...target.children]) if (!child.matches(".tail")) child.remove();
  drawn.set(seat, blocks.map((block) => place(target, block)));
  drawTail(target, tail);
  told(root, seat, drawn.get(seat).flat(), true);
}

/* By its id: a search through all that is written already would cost more with every word. */
function bodyOf(root, seat) {
  return document.getElementById(seat === "writer" ? "synthesis-body" : `seat-${seat}-body`);
}

/* Words that became a block have not moved: the open block starts anew behind it. */
function drawTail(target, tail, isNew = false) {
  const element = target.lastElementChild;
  if (!element?.matches(".tail")) return;
  const fresh = isNew ? element.cloneNode() : element;
  const isHeld = target.id !== "synthesis-body";
  drawOpen(fresh, tail, !isHeld);
  const last = element.previousElementSibling;
  const [before, first] = [isHeld ? last?.lastElementChild : last, fresh.firstElementChild];
  fresh.classList.toggle("goes-on", isList(first) && first.localName === before?.localName);
  if (isNew) element.replaceWith(fresh);
}

/** Draw what one frame changed in a seat's text. `grown`: it said something in this frame. */
export function drawChange(root, seat, change, now, { grown, isOver }) {
  const target = bodyOf(root, seat);
  if (!target) return;
  hasGrown(target.closest("[data-scroller]"), isOver);
  keepPlace(target, () => {
    if (change.reset) drawAnew(root, target, seat, now);
    else drawBlocks(root, target, seat, change, { grown, tail: now.tail });
  });
}

function drawBlocks(root, target, seat, change, { grown, tail }) {
  const elements = drawn.get(seat);
  const fresh = (change.add ?? []).map((block) => place(target, block));
  elements.push(...fresh);
  for (const [index, html] of change.set ?? []) {
    elements[index] = replace(elements[index], html);
    fresh.push(elements[index]);
  }
  if (grown || change.add) drawTail(target, tail, Boolean(change.add));
  told(root, seat, fresh.flat(), Boolean(change.set));
}

/** Others add to what is drawn (copy buttons, lit words): to the elements in `fresh` alone, for a
    look through all there is would cost more with every word. `marks`: words may be marked anew. */
function told(root, seat, fresh, isRemade) {
  const marks = isRemade || fresh.some((element) => element.querySelector("mark"));
  root.dispatchEvent(new CustomEvent("drawn", { detail: { seat, fresh, marks } }));
}
