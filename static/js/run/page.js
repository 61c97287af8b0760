/* The run's page: puts its modules together and draws what the socket brings. */

import { drawAll, drawChange } from "./bodies.js";
import { offerComfort } from "./comfort.js";
import { offerCopies } from "./copying.js";
import { followEvidence } from "./evidence.js";
import { followEnds } from "./following.js";
import { arrangeColumns, showColumn } from "./layout.js";
import { onLine } from "./line.js";
import { sendOrders } from "./orders.js";
import { drawColumn, drawPart } from "./parts.js";
import { RunSocket } from "./socket.js";
import { followSpeed } from "./speeds.js";
import { apply, isFinal, start } from "./state.js";
import { offerComparison, steady } from "./steady.js";
import { wireTabs } from "./tabs.js";
import { worded } from "./tail.js";
import { chooseWhom } from "./whom.js";

const root = document.getElementById("run");
const liveJson = document.getElementById("run-live");
let state = liveJson ? start(JSON.parse(liveJson.textContent)) : null;

const FROZEN = 4410; // a shared run is over: from here on there is only its copy

function onFrozen() {
  if (!isFinal(state)) location.reload();
}

/* ---- frames ---- */

function onFrame(frame) {
  if (frame.type === "ping") return;
  const before = state;
  state = apply(state, frame);
  if (state === before) return;
  if (!changesAbove(frame)) draw(frame);
  else steady(root, () => (frame.type === "snapshot" ? redraw(frame) : draw(frame)));
}

/* Members' words grow in their own columns: nobody has to be held for them, which would have the
   page laid out twice for every frame. */
function changesAbove({ type, parts, columns, bodies }) {
  return type === "snapshot" || Boolean(parts || columns || bodies?.writer);
}

function draw(frame) {
  drawColumns(frame);
  for (const [id, html] of Object.entries(frame.parts ?? {})) late.set(id, html);
  if (late.size && !drawing) drawParts();
  const spoke = new Set(frame.events.filter((e) => e.type === "text").map((e) => e.seat));
  const bodies = frame.bodies ?? {};
  for (const [seat, change] of Object.entries(bodies)) {
    drawChange(root, seat, change, state.seats[seat], {
      grown: spoke.has(seat),
      isOver: isFinal(state),
    });
  }
  drawReasoning(frame);
  if (frame.columns) tick();
}

/* At the end of a run nearly every piece of the page changes. Drawn at once, those of eight members
   hold it for a tenth of a second and more: what takes longer goes on in the next task. */
const AT_ONCE_MS = 6;
const late = new Map(); // id → the HTML that is still to be drawn
let drawing = 0;

function drawParts() {
  const until = performance.now() + AT_ONCE_MS;
  drawing = 0;
  for (const [id, html] of late) {
    late.delete(id);
    drawPart(id, html);
    if (performance.now() > until) break;
  }
  if (late.size) drawing = setTimeout(() => steady(root, drawParts));
  tick();
}

function drawColumns({ columns = {} }) {
  for (const [letter, html] of Object.entries(columns)) {
    if (drawColumn(root, letter, html)) drawAll(root, letter, state.seats[letter]);
  }
}

function redraw(frame) {
  clearTimeout(drawing);
  drawing = 0;
  late.clear();
  drawColumns(frame);
  for (const [id, html] of Object.entries(state.parts)) drawPart(id, html);
  drawAllBodies();
  Object.keys(state.seats).forEach(drawThoughts);
  tick();
}

function drawAllBodies() {
  for (const [seat, now] of Object.entries(state.seats)) drawAll(root, seat, now);
}

function drawReasoning({ events = [] }) {
  const thought = events.filter(({ type }) => type === "reasoning").map(({ seat }) => seat);
  for (const seat of new Set(thought)) drawThoughts(seat);
}

/* Only what is new is written: of much reasoning, all of it anew would cost more with every word. */
function drawThoughts(seat) {
  const element = document.getElementById(`seat-${seat}-reasoning`)?.querySelector("[data-reasoning]");
  if (!element) return;
  const { reasoning } = state.seats[seat];
  const words = element.firstChild;
  if (words && reasoning.startsWith(words.data)) words.appendData(reasoning.slice(words.length));
  else element.textContent = reasoning;
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

async function textOf(seat) {
  if (state) return seat === "writer" ? worded(state.seats.writer.text) : state.seats[seat].text;
  const run = await (await fetch(root.dataset.document)).json();
  if (seat === "writer") return run.synthesis?.text ?? "";
  return run.answers.find((answer) => answer.seat === seat)?.text ?? "";
}

wireTabs(root);
arrangeColumns(root);
followEnds(root);
offerComparison(root);
offerCopies(root, textOf);
offerComfort(root);
followSpeed(root);
chooseWhom(root);
sendOrders(root, () => !state || isFinal(state));
if (state) drawAllBodies();
followEvidence(root, showColumn);
if (state) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  new RunSocket(`${scheme}://${location.host}${root.dataset.socket}`, {
    cursor: () => state.seq,
    onFrame,
    onLine: (line, code) => (code === FROZEN ? onFrozen() : onLine(line, code)),
  });
  setInterval(tick, 1000);
}
