/* The list under a model's field. htmx fills it while one types; here are the keys and the mouse.
   Without this file the field is a plain one. */

const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
const options = (list) => [...list.querySelectorAll("[data-value]")];

function show(field, isOpen) {
  const list = listOf(field);
  if (!list) return;
  list.hidden = !isOpen;
  field.setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) mark(field, null);
}

function mark(field, option) {
  for (const each of options(listOf(field))) each.setAttribute("aria-selected", String(each === option));
  if (option) {
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else field.removeAttribute("aria-activedescendant");
}

function take(field, option) {
  field.value = option.dataset.value;
  show(field, false);
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function move(field, step) {
  const list = listOf(field);
  const all = options(list);
  const at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length;
  if (all.length) mark(field, all[next]);
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-combo]");
  if (!field || event.isComposing) return;
  const isOpen = field.getAttribute("aria-expanded") === "true";
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (isOpen) move(field, event.key === "ArrowDown" ? 1 : -1);
    else field.dispatchEvent(new Event("look"));
  } else if (event.key === "Escape" && isOpen) {
    event.preventDefault();
    show(field, false);
  } else if (event.key === "Enter" && isOpen) {
    event.preventDefault(); // a choice, not yet a question
    const chosen = document.getElementById(field.getAttribute("aria-activedescendant"));
    if (chosen) take(field, chosen);
    else show(field, false);
  }
});

document.addEventListener("mousedown", (event) => {
  const list = event.target.closest?.(".combo .options");
  if (!list) return;
  event.preventDefault(); // the field keeps the focus
  const option = event.target.closest("[data-value]");
  if (option) take(list.parentElement.querySelector("[data-combo]"), option);
});

document.addEventListener("click", (event) => {
  const field = event.target.closest?.("[data-combo]");
  if (field && field.getAttribute("aria-expanded") !== "true") field.dispatchEvent(new Event("look"));
});

document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("[data-combo]")) show(event.target, false);
});

document.addEventListener("htmx:afterSwap", (event) => {
  const list = event.target.closest?.(".combo .options");
  const field = list?.parentElement.querySelector("[data-combo]");
  if (field && field === document.activeElement) show(field, true);
});
