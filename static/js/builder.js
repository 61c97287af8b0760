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
  const line = form().querySelector(".kept-at");
  if (line) line.textContent = "Changes are not saved yet";
}

addEventListener("beforeunload", (event) => {
  if (isUnsaved()) event.preventDefault();
});

/* Saves and moves come back as a fresh form: what was typed meanwhile in the focused field stays. */
let typing = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const asked = event.detail.requestConfig.elt;
  if (!asked.isConnected) event.detail.shouldSwap = false; // an estimate of an older form
  const field = document.activeElement;
  const isOurs = event.detail.target?.matches?.("[data-builder]");
  const isText = field?.matches?.("[data-builder] :is(input:not([type]), textarea)");
  typing = isOurs && isText && field.id ? { id: field.id, value: field.value } : null;
});
document.addEventListener("htmx:afterSettle", () => {
  const field = typing && document.getElementById(typing.id);
  if (field && field === document.activeElement && field.value !== typing.value) {
    field.value = typing.value;
    changed();
  }
  typing = null;
});

/* What the server did not take is said, and stays where it was typed. */
for (const [name, words] of Object.entries({
  "htmx:sendError": "Not saved: the server cannot be reached. Everything is still here; try again.",
  "htmx:responseError": "Not saved: the server refused it. Copy what matters, then reload the page.",
})) {
  document.addEventListener(name, (event) => {
    if (!event.target.matches?.("[data-builder]")) return;
    document.getElementById("builder-said").textContent = words;
    event.target.querySelector(".kept-at").textContent = words;
  });
}

/* A copy's role waits to be written over. */
document.addEventListener("htmx:afterSettle", () => {
  const field = document.activeElement;
  if (field?.matches("[data-builder] input[name=role][autofocus]")) field.select();
});

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
  const { seat, panel, order } = drag;
  drag = null;
  seat.style.transform = "";
  seat.classList.remove("is-held");
  panel.classList.remove("is-sorting");
  panel.style.minHeight = "";
  const isMoved = seats(panel).some((each, n) => each !== order[n]);
  if (!isKept) order.forEach((each) => panel.append(each));
  else if (isMoved) {
    const button = panel.closest("form").querySelector("[data-moved]");
    button.value = `moved:${seat.querySelector("[name=seat]").value}:${seat.dataset.letter}`;
    button.click();
  }
  seat.scrollIntoView({ block: "nearest" });
}

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
