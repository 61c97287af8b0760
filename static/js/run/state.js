/* The run's page as plain data: what the server rendered, plus every frame since.
   Pure: no DOM, no socket, no clock. The same golden file holds this module and
   council/frames.py together (tests/golden). */

export class Gap extends Error {}

/** The state a page starts from (the JSON the server put into it). */
export function start(live) {
  return { parts: {}, ...live };
}

/** The state after one frame. Throws Gap when the frame is not the next one. */
export function apply(state, frame) {
  if (frame.type === "snapshot") {
    const { seq, run, seats, findings, parts } = frame;
    return { ...state, seq, run, seats, findings, parts: { ...parts } };
  }
  if (frame.type !== "events") return state;
  if (frame.seq <= state.seq) return state;
  if (frame.seq !== state.seq + 1) throw new Gap(`have ${state.seq}, got ${frame.seq}`);
  const next = { ...state, seq: frame.seq, seats: { ...state.seats } };
  for (const event of frame.events) take(next, event);
  for (const [seat, change] of Object.entries(frame.bodies ?? {})) grow(next, seat, change);
  if (frame.parts) next.parts = { ...state.parts, ...frame.parts };
  return next;
}

const nobody = { state: "queued", attempt: 0, reasoning: "", text: "", tail: "", blocks: [] };

function change(state, seat, values) {
  if (seat === "judge") return;
  state.seats[seat] = { ...(state.seats[seat] ?? nobody), ...values };
}

const fold = {
  run_started(state, event) {
    state.seats = {};
    for (const card of event.seats) change(state, card.seat, nobody);
    change(state, "writer", nobody);
  },
  seat_changed(state, { card }) {
    change(state, card.seat, state.seats[card.seat] ?? nobody);
  },
  phase_changed(state, event) {
    state.run = event.phase;
  },
  call_started(state, event) {
    if (event.why === "tools") {
      change(state, event.seat, { state: "connecting", attempt: event.attempt });
      if (event.seat === "judge") state.findings = 0;
      return;
    }
    change(state, event.seat, { ...nobody, state: "connecting", attempt: event.attempt });
    if (event.seat === "judge") state.findings = 0;
  },
  call_queued(state, event) {
    change(state, event.seat, { state: "queued" });
  },
  call_connected(state, event) {
    change(state, event.seat, { state: "waiting" });
  },
  text(state, event) {
    if (event.seat === "judge") return;
    const had = state.seats[event.seat] ?? nobody;
    const [text, tail] = [had.text + event.text, had.tail + event.text];
    change(state, event.seat, { state: "streaming", text, tail });
  },
  reasoning(state, event) {
    if (event.seat === "judge") return;
    const reasoning = (state.seats[event.seat]?.reasoning ?? "") + event.text;
    change(state, event.seat, { reasoning });
  },
  call_ended(state, event) {
    change(state, event.seat, { state: event.state });
  },
  retry_waiting(state, event) {
    change(state, event.seat, { state: "queued" });
  },
  found(state) {
    state.findings += 1;
  },
  run_ended(state, event) {
    state.run = event.state;
  },
};

function take(state, event) {
  fold[event.type]?.(state, event);
}

/* Blocks are closed once and never change again, but for the words that get marked. */
function grow(state, seat, { reset, add, set, tail }) {
  const had = state.seats[seat] ?? nobody;
  const blocks = reset ? [] : had.blocks.slice();
  if (add) blocks.push(...add);
  for (const [index, html] of set ?? []) blocks[index] = [html, blocks[index][1]];
  change(state, seat, { blocks, tail: tail ?? had.tail });
}

const FINAL = new Set(["done", "partial", "failed", "stopped", "interrupted"]);

/** True when the run is over, unless somebody takes it up again. */
export function isFinal(state) {
  return FINAL.has(state.run);
}
