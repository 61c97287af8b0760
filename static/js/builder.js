/* The builder with script: seats are dragged, nothing typed is lost on the way, and whoever leaves
   with unsaved changes is asked. Everything else is the form's own buttons. */

const form = () => document.querySelector("[data-builder]");
const isUnsaved = () => form()?.hasAttribute("data-unsaved") ?? false;

document.addEventListener("input", (event) => {
  if (event.target.closest("[data-builder]")) changed();
});
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-builder]")) changed();
});

function changed() {
  if (isUnsaved()) return;
  form().setAttribute("data-unsaved", "");
  form().querySelector(".kept-at").textContent = "Changes are not saved yet";
}

addEventListener("beforeunload", (event) => {
  if (isUnsaved()) event.preventDefault();
});

/* One press is on its way at a time; what is pressed meanwhile waits for its answer. A second press
   of Save that would save the same is none. */
let asked = null;
const waiting = [];

document.addEventListener("submit", (event) => {
  if (!asked || event.target !== form()) return;
  event.preventDefault();
  event.stopPropagation();
  const what = event.submitter.value;
  if (what !== "save" || asked.what !== "save" || changes(asked.fields).length) waiting.push(what);
}, true);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target !== form()) return;
  const what = event.detail.requestConfig.formData.get("do");
  asked = { what, fields: fields(), order: order(), focus: document.activeElement };
});

/* The answer is a fresh form. What was typed, chosen and moved since the press is put into it. */
const nameOf = (field) => field.id || `${field.name} ${field.value}`;
const valueOf = ({ name, type, checked, disabled, value }) =>
  name === "open" ? !disabled : type === "checkbox" || type === "radio" ? checked : value;
const fields = () => new Map(
  [...form().querySelectorAll("input, textarea, select")].map((field) => [nameOf(field), valueOf(field)]),
);
const changes = (before) => [...fields()].filter(([name, value]) => before.get(name) !== value);
const keyOf = (seat) => seat.querySelector("[name=seat]")?.value;
const order = () => seats(form()).map(keyOf);

let kept = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt } = event.detail.requestConfig;
  if (!elt.isConnected) event.detail.shouldSwap = false; // an estimate of an older form
  if (!asked || elt !== form() || !event.detail.shouldSwap) return;
  const field = document.activeElement, typed = changes(asked.fields), now = order();
  kept = {
    typed,
    order: now.join() === asked.order.join() ? [] : now,
    hasGoneOn: field !== asked.focus || typed.some(([name]) => name === field.id),
    form: elt,
    id: field.id,
    text: field.value,
    caret: [field.selectionStart, field.selectionEnd, field.selectionDirection],
    isLooking: field.getAttribute("aria-expanded") === "true",
  };
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (!kept || event.target !== form()) return;
  const fresh = new Map([...form().elements].map((field) => [nameOf(field), field]));
  for (const [name, value] of kept.typed) {
    if (fresh.has(name)) put(fresh.get(name), value);
    else bringBack(kept.form, name);
  }
  arrange(kept.order);
  const next = form().querySelector("[autofocus]"), field = kept.id && document.getElementById(kept.id);
  if (!field || (next && !kept.hasGoneOn)) return;
  next?.removeAttribute("autofocus");
  field.focus({ preventScroll: true });
  if (kept.caret[0] == null) return;
  if (field.value === kept.text.trim()) field.value = kept.text; // the space before the next word
  field.setSelectionRange(...kept.caret);
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!kept || event.target !== form()) return;
  const { typed, id, isLooking } = kept, field = document.activeElement;
  const isSame = field.id === id;
  asked = kept = null;
  // A copy's role waits to be written over.
  if (!isSame && field.matches("input[name=role][autofocus]")) field.select();
  if (typed.length) form().dispatchEvent(new Event("change", { bubbles: true }));
  if (isSame && (isLooking || (field.matches("[data-combo]") && typed.some(([name]) => name === id)))) {
    field.dispatchEvent(new Event("look"));
  }
  if (event.detail.xhr.status === 422) waiting.length = 0; // what is wrong is to be read first
  if (waiting.length) press(waiting.shift());
});

function put(field, value) {
  if (field.name === "open") {
    field.disabled = !value;
    field.closest("details").open = value;
  } else if (typeof value === "boolean") field.checked = value;
  else field.value = value;
}

/* A seat that was left out as empty and is written in by now: it is there again, and drawn anew. */
function bringBack(old, name) {
  const seat = seats(old).find((each) => [...each.querySelectorAll("[id]")].some(({ id }) => id === name));
  if (!seat) return;
  form().querySelector("[data-panel]").append(seat);
  htmx.process(seat);
  waiting.unshift("");
}

/* The seats in this order; what stands between them stays where it is. */
function arrange(keys) {
  const panel = form().querySelector("[data-panel]");
  const known = keys.map((key) => seats(panel).find((seat) => keyOf(seat) === key)).filter(Boolean);
  panel.append(...[...panel.children].map((each) => (keys.includes(keyOf(each)) ? known.shift() : each)));
}

function press(what) {
  const button = form().querySelector("[data-moved]");
  button.value = what;
  button.click();
}

/* After a failure nothing that waited is done: trouble.js says what happened. */
for (const failed of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failed, (event) => {
    if (event.target !== form()) return;
    asked = null;
    waiting.length = 0;
  });
}

/* Which seats show more is kept over a fresh form. */
document.addEventListener("toggle", (event) => {
  const kept = event.target.matches?.("[data-more]") && event.target.querySelector("[name=open]");
  if (kept) kept.disabled = !event.target.open;
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  event.preventDefault();
  document.getElementById("save")?.click();
});

/* Dragging. The others make room; the held one follows the pointer and never leaves the list. */
let drag = null;

const seats = (panel) => [...panel.querySelectorAll("[data-seat]")];

function follow(y) {
  drag.seat.style.transform = "";
  const top = drag.seat.getBoundingClientRect().top;
  drag.seat.style.transform = `translateY(${y - drag.grabbed - top}px)`;
}

function place(y) {
  const middle = y - drag.grabbed + drag.seat.offsetHeight / 2;
  for (const other of seats(drag.panel)) {
    if (other === drag.seat) continue;
    const box = other.getBoundingClientRect();
    const isAfter = Boolean(drag.seat.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
    const centre = box.top + box.height / 2;
    if (isAfter && middle > centre) drag.seat.before(other);
    else if (!isAfter && middle < centre) { drag.seat.after(other); break; }
  }
}

function begin(event) {
  const grip = event.target.closest?.("[data-grip]");
  if (!grip || event.button !== 0 || drag) return;
  const seat = grip.closest("[data-seat]"), panel = seat.closest("[data-panel]");
  event.preventDefault();
  grip.setPointerCapture(event.pointerId);
  const before = seat.getBoundingClientRect().top;
  panel.style.minHeight = `${panel.offsetHeight}px`;
  drag = { seat, panel, grip, order: seats(panel), grabbed: event.clientY - before };
  panel.classList.add("is-sorting");
  seat.classList.add("is-held");
  scrollBy({ top: seat.getBoundingClientRect().top - before, behavior: "instant" });
  drag.grabbed = Math.min(drag.grabbed, seat.offsetHeight);
  follow(event.clientY);
}

function end(isKept) {
  if (!drag) return;
  const { seat, panel, order, answer } = drag;
  drag = null;
  seat.style.transform = "";
  seat.classList.remove("is-held");
  panel.classList.remove("is-sorting");
  panel.style.minHeight = "";
  const isMoved = seats(panel).some((each, n) => each !== order[n]);
  if (!isKept) order.forEach((each) => panel.append(each));
  else if (isMoved) {
    press(`moved:${keyOf(seat)}:${seat.dataset.letter}`);
  }
  seat.scrollIntoView({ block: "nearest" });
  answer?.onload();
}

/* An answer that comes while a hand holds a seat waits until it lets go. */
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (!drag || event.target !== form()) return;
  event.preventDefault();
  drag.answer = event.detail.xhr;
});

document.addEventListener("pointerdown", begin);
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  place(event.clientY);
  follow(event.clientY);
});
document.addEventListener("pointerup", () => end(true));
document.addEventListener("pointercancel", () => end(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drag) end(false);
});
