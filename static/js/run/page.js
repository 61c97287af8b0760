/* The run's page: draws the state, nothing else. The server's HTML is sanitised there
   (council/render); `fragment` below is the only place where it enters the document. */

import { apply, isFinal, start } from "./state.js";
import { RunSocket } from "./socket.js";
import { followEvidence, light } from "./evidence.js";

const root = document.getElementById("run");
const liveJson = document.getElementById("run-live");
const NEAR_END_PX = 48;
const LOST_AFTER_MS = 1_200; // shorter breaks heal before a reader could read the banner

let state = liveJson ? start(JSON.parse(liveJson.textContent)) : null;
const drawn = new Map(); // seat → the elements of each block, in order

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/* ---- answers ---- */

const body = (seat) => root.querySelector(`[data-body="${seat}"]`);

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
  const focused = old.some((element) => element.contains(document.activeElement));
  const id = focused && document.activeElement.id;
  old[0].before(...held);
  for (const element of old) element.remove();
  if (id) focusOn(document.getElementById(id));
  return held;
}

/** Put the focus back where it was, without a scroll; the element need not be a control. */
function focusOn(element) {
  if (element && element.tabIndex < 0) element.tabIndex = -1;
  element?.focus({ preventScroll: true });
}

function drawAll(seat) {
  const target = body(seat);
  if (!target) return;
  for (const child of [...target.children]) if (!child.matches(".tail")) child.remove();
  const { blocks, tail } = state.seats[seat];
  drawn.set(seat, blocks.map((block) => place(target, block)));
  drawTail(target, tail);
  addCopyToCode(target);
  light(target);
}

function drawTail(target, tail) {
  const element = target.querySelector(":scope > .tail");
  if (element && element.textContent !== tail) element.textContent = tail;
}

function drawBody(seat, change, grown) {
  const target = body(seat);
  if (!target) return;
  keepEnd(target.closest("[data-scroller]"), () => {
    if (change.reset) return drawAll(seat);
    const elements = drawn.get(seat);
    for (const block of change.add ?? []) elements.push(place(target, block));
    for (const [index, html] of change.set ?? []) elements[index] = replace(elements[index], html);
    if (change.set) light(target);
    if (grown || change.add) drawTail(target, state.seats[seat].tail);
    addCopyToCode(target);
  });
}

/** A column follows its end only while the reader is at its end. */
function keepEnd(scroller, draw) {
  const follows =
    scroller && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
  draw();
  if (follows && !isFinal(state)) scroller.scrollTop = scroller.scrollHeight;
}

function drawReasoning(frame) {
  for (const event of frame.events ?? []) {
    if (event.type !== "reasoning") continue;
    const element = root.querySelector(`[data-reasoning="${event.seat}"]`);
    if (element) element.textContent = state.seats[event.seat].reasoning;
  }
}

/* ---- parts ---- */

function drawPart(id, html) {
  const old = document.getElementById(id);
  const [fresh] = fragment(html).children;
  if (!old || !fresh || old.isEqualNode(fresh)) return;
  if (old.role === "status") {
    old.textContent = fresh.textContent; // a live region that is replaced is not read out
    return;
  }
  keepOpen(old, fresh);
  const focused = old.contains(document.activeElement) && nameOf(document.activeElement);
  old.replaceWith(fresh);
  if (focused) focusOn(within(fresh, CONTROLS).find((c) => nameOf(c) === focused) ?? fresh);
}

/** What the reader had opened stays open. */
function keepOpen(old, fresh) {
  const open = within(old, "details").filter((details) => details.open).map(nameOf);
  for (const details of within(fresh, "details")) details.open = open.includes(nameOf(details));
}

const CONTROLS = "a, button, summary, input, [tabindex]";

function within(element, selector) {
  return [element, ...element.querySelectorAll(selector)].filter((e) => e.matches(selector));
}

/* What a control is, not where it stands: "Stop" must never inherit the focus of "Judge now". */
function nameOf(element) {
  const form = element.closest("form")?.getAttribute("action");
  const purpose = form ?? element.getAttribute("href") ?? element.dataset.copy ?? element.className;
  return `${element.localName} ${element.closest("[id]").id} ${purpose}`;
}

/* ---- frames ---- */

function onFrame(frame) {
  if (frame.type === "ping") return;
  const before = state;
  state = apply(state, frame);
  if (state === before) return;
  if (frame.type === "snapshot") return redraw();
  for (const [id, html] of Object.entries(frame.parts ?? {})) drawPart(id, html);
  const spoke = new Set(frame.events.filter((e) => e.type === "text").map((e) => e.seat));
  const bodies = frame.bodies ?? {};
  for (const seat of Object.keys(bodies)) drawBody(seat, bodies[seat], spoke.has(seat));
  drawReasoning(frame);
  tick();
}

function redraw() {
  for (const [id, html] of Object.entries(state.parts)) drawPart(id, html);
  for (const seat of Object.keys(state.seats)) drawAll(seat);
  for (const seat of Object.keys(state.seats)) {
    const element = root.querySelector(`[data-reasoning="${seat}"]`);
    if (element) element.textContent = state.seats[seat].reasoning;
  }
  tick();
}

/* ---- the line ---- */

const banner = document.getElementById("banner");
let lostTimer;

function onLine(line, code) {
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

/* ---- seconds ---- */

const loadedAt = performance.now();

function tick() {
  root.toggleAttribute("data-live", Boolean(state) && !isFinal(state));
  if (!state || isFinal(state)) return;
  const now = (state.now_ms ?? 0) + performance.now() - loadedAt;
  for (const element of root.querySelectorAll("[data-since-ms]")) {
    const seconds = Math.max(0, Math.round((now - Number(element.dataset.sinceMs)) / 1000));
    const words =
      seconds < 60
        ? `${seconds} s`
        : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
    if (element.textContent !== words) element.textContent = words;
  }
}

/* ---- what the reader does ---- */

function token() {
  return document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}

async function post(form) {
  const button = form.querySelector("button");
  if (button.ariaDisabled) return;
  button.ariaDisabled = "true"; // `disabled` would take the keyboard's place away
  const wasOver = !state || isFinal(state); // a Stop may end the run before its answer is here
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "X-CSRFToken": token(), "X-Requested-With": "council" },
    });
    if (answer.status === 409) return refuse(await answer.text(), button);
    // Any other refusal means that the page shows what is no longer so.
    if (!answer.ok || wasOver) location.reload();
  } catch {
    button.ariaDisabled = null;
    onLine("lost");
  }
}

/** What may not be done, and why: nothing else on the page has changed. */
function refuse(sentence, button) {
  const line = document.getElementById("refusal");
  line.textContent = sentence;
  line.hidden = false;
  button.ariaDisabled = null;
}

root.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-post]")) return;
  event.preventDefault();
  post(event.target);
});

async function textOf(seat) {
  if (state) return state.seats[seat].text;
  const run = await (await fetch(root.dataset.document)).json();
  if (seat === "writer") return run.synthesis?.text ?? "";
  return run.answers.find((answer) => answer.seat === seat)?.text ?? "";
}

async function copy(button, text) {
  button.dataset.words ??= button.textContent;
  try {
    await navigator.clipboard.writeText(await text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not copied";
  }
  setTimeout(() => (button.textContent = button.dataset.words), 1500);
}

function addCopyToCode(target) {
  for (const bar of target.querySelectorAll(".code-bar:not(:has(button))")) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "quiet", textContent: "Copy" });
    button.setAttribute("aria-label", "Copy code");
    bar.append(button);
  }
}

root.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.copy) copy(button, textOf(button.dataset.copy));
  else if (button?.closest(".code-bar")) {
    copy(button, button.closest(".code").querySelector("code").textContent);
  }
});

/* On a phone one answer at a time. */
const grid = document.getElementById("grid");

function openTab(seat) {
  grid.dataset.open = seat;
  for (const tab of root.querySelectorAll("[data-tab]")) {
    if (tab.dataset.tab === seat) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

root.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-tab]");
  if (!tab) return;
  event.preventDefault();
  openTab(tab.dataset.tab);
});
new MutationObserver(() => openTab(grid.dataset.open)).observe(
  root.querySelector(".answers") ?? root,
  { childList: true },
);

openTab(grid.querySelector("article")?.id.replace("seat-", "") ?? "A");
addCopyToCode(root);
if (state) for (const seat of Object.keys(state.seats)) drawAll(seat);
followEvidence(root, openTab);
if (state) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  new RunSocket(`${scheme}://${location.host}/ws/runs/${root.dataset.run}/`, {
    cursor: () => state.seq,
    onFrame,
    onLine,
  });
  setInterval(tick, 1000);
}
