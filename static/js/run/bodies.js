/* The growing texts of the page, members' and writer's: closed blocks as the server rendered
   them, the open one as text. */

import { hasGrown } from "./following.js";
import { focusOn, fragment } from "./fragment.js";
import { softened } from "./tail.js";

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

/** Append a closed block; a list that goes on gives its items to the list before it. */
function place(target, [html, joins]) {
  const tail = target.querySelector(":scope > .tail");
  const before = tail ? tail.previousElementSibling : target.lastElementChild;
  const { elements, held, isOneList } = pieces(html);
  if (joins && isOneList && isList(before)) before.append(...held);
  else for (const element of elements) target.insertBefore(element, tail);
  return held;
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
  told(root, seat, true);
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
  const words = fresh.firstChild ?? fresh.appendChild(new Text());
  // Only its data: an element that loses and gains children has its neighbours looked at again.
  const shown = softened(tail);
  if (words.data !== shown) words.data = shown;
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
  for (const block of change.add ?? []) elements.push(place(target, block));
  for (const [index, html] of change.set ?? []) elements[index] = replace(elements[index], html);
  if (grown || change.add) drawTail(target, tail, Boolean(change.add));
  told(root, seat, Boolean(change.set || change.add));
}

/** Others add to what is drawn (copy buttons, lit words): `blocks` is true when blocks are new. */
function told(root, seat, blocks) {
  root.dispatchEvent(new CustomEvent("drawn", { detail: { seat, blocks } }));
}
