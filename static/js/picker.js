/* The council picker: a list with a field to find in it, over the plain select that a form sends.
   Without this file the select is there to be used. */

const picker = document.getElementById("picker");
const field = document.getElementById("picker-find");
const list = document.getElementById("picker-list");
const count = document.getElementById("picker-count");
const opener = () => document.getElementById("pick-open");
const select = () => document.getElementById("council");
const shown = () => [...list.querySelectorAll('[role="option"]:not([hidden])')];
const marked = () => list.querySelector('[role="option"].is-marked');

function mark(option) {
  for (const each of list.querySelectorAll('[role="option"]')) {
    each.setAttribute("aria-selected", String(each === option));
    each.classList.toggle("is-marked", each === option);
  }
  if (option) {
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
    if (option === shown()[0]) list.scrollTop = 0; // its heading as well
  } else field.removeAttribute("aria-activedescendant");
}

/* Of what fits, a name that begins with what is typed comes before one that holds it somewhere. */
function best(options, text) {
  const name = (option) => option.querySelector(".pick-name").textContent.trim().toLowerCase();
  return options.find((option) => text && name(option).startsWith(text))
    ?? options.find((option) => text && name(option).includes(text))
    ?? options.find((option) => !text && option.hasAttribute("aria-current"))
    ?? options[0];
}

function narrow() {
  const text = field.value.trim().toLowerCase();
  const words = text.split(/\s+/);
  for (const option of list.querySelectorAll('[role="option"]')) {
    option.hidden = !words.every((word) => option.dataset.find.includes(word));
  }
  for (const group of list.querySelectorAll('[role="group"]')) {
    group.hidden = !group.querySelector('[role="option"]:not([hidden])');
  }
  const found = shown();
  count.textContent = found.length ? (text ? `${found.length} fit` : "") : "No council fits. Try fewer letters.";
  mark(best(found.filter((option) => !option.hasAttribute("aria-disabled")), text));
}

/* Beside the button, on the side with more room; on a phone the style sheet says where. */
function place() {
  const at = opener().getBoundingClientRect();
  const [above, below] = [at.top, innerHeight - at.bottom];
  const isBelow = below > 340 || below >= above;
  picker.classList.toggle("is-above", !isBelow);
  const sides = {
    "--at-x": `${Math.max(8, Math.min(at.left, innerWidth - picker.offsetWidth - 8))}px`,
    "--at-y": `${isBelow ? at.bottom + 6 : above - 6}px`,
    "--room": `${(isBelow ? below : above) - 20}px`,
  };
  for (const [name, value] of Object.entries(sides)) picker.style.setProperty(name, value);
}

function open(typed = "") {
  if (picker.open) return;
  field.value = typed;
  picker.showModal();
  if (matchMedia("(pointer: coarse)").matches) picker.focus(); // the keyboard would hide the list
  opener().setAttribute("aria-expanded", "true");
  place();
  narrow();
  count.textContent = list.childElementCount ? "" : "Looking …";
  list.parentElement.dispatchEvent(new Event("look"));
}

function take(option) {
  if (!option || option.hasAttribute("aria-disabled")) return;
  picker.close();
  if (select().value === option.dataset.slug) return;
  select().value = option.dataset.slug;
  opener().querySelector(".pick-chosen").textContent = select().selectedOptions[0]?.textContent ?? "";
  select().dispatchEvent(new Event("change", { bubbles: true }));
}

function move(to) {
  const all = shown().filter((option) => !option.hasAttribute("aria-disabled"));
  const at = all.indexOf(marked());
  const steps = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, PageDown: Math.min(at + 5, all.length - 1), PageUp: Math.max(at - 5, 0) };
  if (all.length) mark(all[(steps[to] + all.length) % all.length]);
}

function start() {
  picker.tabIndex = -1;
  field.addEventListener("input", narrow);
  picker.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.target.closest("a")) return;
    if (["ArrowDown", "ArrowUp", "PageDown", "PageUp"].includes(event.key)) move(event.key);
    else if (event.key === "Enter") take(marked());
    else return;
    event.preventDefault();
  });
  picker.addEventListener("click", (event) => {
    if (event.target === picker) picker.close(); // beside it
    else take(event.target.closest('[role="option"]'));
  });
  picker.addEventListener("mousemove", (event) => {
    const option = event.target.closest('[role="option"]:not([aria-disabled])');
    if (option && option !== marked()) mark(option);
  });
  picker.addEventListener("close", () => opener().setAttribute("aria-expanded", "false"));
  list.addEventListener("htmx:afterSwap", () => {
    if (picker.open) narrow();
  });
  document.addEventListener("htmx:beforeSwap", keepOpen);
  askAnew();
  for (const fault of ["htmx:responseError", "htmx:sendError"]) {
    picker.addEventListener(fault, () => (count.textContent = "The list did not come. Close this and try again."));
  }
  for (const moved of ["resize", "scroll"]) addEventListener(moved, () => picker.open && place(), { passive: true });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#pick-open")) open();
  });
  document.addEventListener("keydown", opensByKey);
}

/* A row added or removed is asked for again when something was written into the rows meanwhile. */
function askAnew() {
  const written = () => [...document.querySelectorAll("#seats input")].map((each) => each.checked + each.value).join();
  let sent = "";
  const isPress = ({ target, detail }) => target.closest?.("form") === opener().form
    && detail.requestConfig.verb === "get" && detail.requestConfig.elt.matches("#seats button");
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isPress(event)) sent = written();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isPress(event) || written() === sent) return;
    event.detail.shouldSwap = false;
    setTimeout(() => event.detail.requestConfig.elt.click());
  });
}

/* Whoever looks at the seats of one council wants to see those of the next; nobody else does. */
function keepOpen(event) {
  if (event.target.id !== "seats" || !event.target.querySelector("details:not(.replaced)[open]")) return;
  const again = (settled) => {
    if (settled.target.id !== "seats") return;
    document.removeEventListener("htmx:afterSettle", again);
    settled.target.querySelector("details:not(.replaced)").open = true;
  };
  document.addEventListener("htmx:afterSettle", again);
}

/* Arrow down on the button, Alt and arrow down in the question, or the first letters of a name. */
function opensByKey(event) {
  if (picker.open || event.isComposing || event.ctrlKey || event.metaKey) return;
  const isOnButton = event.target === opener();
  const isDown = event.key === "ArrowDown" || event.key === "ArrowUp";
  const isIn = event.target.closest?.("form") === opener()?.form && !event.target.closest("[data-combo]");
  if (isDown && (isOnButton || (event.altKey && isIn))) open();
  else if (isOnButton && !event.altKey && event.key.length === 1 && event.key !== " ") open(event.key);
  else return;
  event.preventDefault();
}

if (picker && opener()) start();
