/* How the columns stand: order, which are full and which are cards, what is hidden or collapsed.
   It is in the address, so that a reload and a link show the same; the server reads it there
   (council/views/layout.py), draws the columns so, and leaves what was asked for in the grid. */

import { focusOn } from "./fragment.js";
import { openTab } from "./tabs.js";

const LISTS = ["order", "pin", "hide", "solo", "fold"];
let asked;
let root;
let grid;

const columns = () => [...grid.querySelectorAll(":scope > article")];
const letterOf = (column) => column.id.replace("seat-", "");
const without = (list, letter) => list.filter((other) => other !== letter);

function write() {
  const address = new URL(location.href);
  for (const name of ["view", ...LISTS]) {
    const said = [].concat(asked[name]).join("");
    if (said) address.searchParams.set(name, said);
    else address.searchParams.delete(name);
  }
  history.replaceState(history.state, "", address);
}

/* What is asked for, as far as it goes for the members who are here. */
function arranged() {
  const all = columns().map(letterOf).sort();
  const here = (name) => asked[name].filter((letter) => all.includes(letter));
  const order = [...new Set([...here("order"), ...all])];
  const visible = order.filter((letter) => !asked.hide.includes(letter));
  const shown = here("solo").length ? here("solo").slice(0, 1) : visible.length ? visible : order;
  const many = shown.length > 4;
  const view = asked.view === "grid" && shown.length > 3 ? "grid" : many ? "rail" : "cols";
  const pinned = here("pin").filter((letter) => shown.includes(letter));
  const full = [...new Set([...pinned, ...shown])].slice(0, 2);
  return { order, shown, view, full };
}

/** Put the columns as they are asked for. */
function arrange() {
  const { order, shown, view, full } = arranged();
  stand(order);
  grid.dataset.view = view;
  grid.dataset.count = shown.length;
  for (const column of columns()) {
    const letter = letterOf(column);
    const place = full.indexOf(letter);
    column.toggleAttribute("data-gone", !shown.includes(letter));
    column.dataset.place = place < 0 ? "rail" : place + 1;
    const canFold = shown.length > 1 && !(view === "rail" && place < 0);
    column.toggleAttribute("data-folded", canFold && asked.fold.includes(letter));
    drawMenu(column, { letter, shown, view, full, canFold });
  }
  grid.toggleAttribute("data-folds", Boolean(grid.querySelector(":scope > [data-folded]")));
  keepCardsShut();
  if (!shown.includes(grid.dataset.open)) openTab(shown[0]);
  drawLine(shown, view);
  drawTabs();
}

/* The words of a card are cut short behind the button that opens it: what is in them is for
   nobody's keyboard. On a phone there are no cards. */
function keepCardsShut() {
  for (const scroller of grid.querySelectorAll("[data-scroller]")) {
    const isCard = scroller.parentElement.dataset.place === "rail";
    scroller.inert = isCard && getComputedStyle(scroller).pointerEvents === "none";
  }
}

/* A column that is moved keeps its place within its text. */
function stand(order) {
  if (columns().map(letterOf).join() === order.join()) return;
  const scrollers = [...grid.querySelectorAll("[data-scroller]")].map((e) => [e, e.scrollTop]);
  const focused = document.activeElement;
  grid.append(...order.map((letter) => document.getElementById(`seat-${letter}`)));
  for (const [scroller, top] of scrollers) scroller.scrollTop = top;
  if (grid.contains(focused)) focused.focus({ preventScroll: true });
}

function drawMenu(column, { letter, shown, view, full, canFold }) {
  const button = (name) => column.querySelector(`.col-menu [data-arrange="${name}"]`);
  const at = shown.indexOf(letter);
  const isFolded = "folded" in column.dataset;
  drawOpener(column.querySelector(".card-open"), letter, isFolded);
  button("fold").hidden = !canFold;
  button("fold").textContent = isFolded ? "Expand" : "Collapse";
  button("pin").hidden = view !== "rail";
  button("pin").textContent = full[0] === letter ? "Unpin" : "Pin";
  button("solo").textContent = asked.solo.includes(letter) ? "Show the others" : "Only this one";
  button("hide").hidden = shown.length < 2;
  button("left").hidden = at < 1;
  button("right").hidden = at < 0 || at === shown.length - 1;
}

/* What opens a card opens a collapsed column, too. */
function drawOpener(opener, letter, isFolded) {
  opener.dataset.arrange = isFolded ? "fold" : "open";
  opener.ariaLabel = isFolded ? `Expand answer ${letter}` : `Read answer ${letter} in full`;
  opener.textContent = isFolded ? "Collapsed. Expand" : "";
}

function drawLine(shown, view) {
  const line = document.getElementById("arranged");
  const gone = columns().map(letterOf).filter((letter) => !shown.includes(letter)).sort();
  const says = gone.length ? `${gone.length} hidden: ${gone.join(", ")}.` : "";
  line.querySelector("span").textContent = says;
  line.querySelector('[data-arrange="all"]').hidden = !gone.length;
  const choice = line.querySelector('[data-arrange="view"]');
  choice.hidden = shown.length < 4;
  const one = shown.length > 4 ? "Two and cards" : "Side by side";
  choice.textContent = view === "grid" ? one : shown.length > 4 ? "All in full" : "Two by two";
}

function drawTabs() {
  for (const tab of root.querySelectorAll("[data-tab]")) {
    tab.hidden = Boolean(document.getElementById(`seat-${tab.dataset.tab}`)?.matches("[data-gone]"));
  }
}

/* ---- what the reader asks for ---- */

function toggle(name, letter) {
  const has = asked[name].includes(letter);
  asked[name] = has ? without(asked[name], letter) : [...asked[name], letter];
}

const acts = {
  fold: (letter) => toggle("fold", letter),
  hide: (letter) => toggle("hide", letter),
  solo: (letter) => (asked.solo = asked.solo.includes(letter) ? [] : [letter]),
  left: (letter) => move(letter, -1),
  right: (letter) => move(letter, 1),
  /* The first place is the pinned one: cards that are opened take the second. */
  open: (letter) => (asked.pin = [arranged().full[0], letter]),
  pin(letter) {
    const [first, second] = arranged().full;
    asked.pin = letter === first ? [second, first] : [letter, letter === second ? first : second];
  },
  view: () => (asked.view = asked.view === "grid" ? "" : "grid"),
  all: () => Object.assign(asked, { hide: [], solo: [] }),
};

function move(letter, by) {
  const { order, shown } = arranged();
  const beside = shown[shown.indexOf(letter) + by];
  const rest = without(order, letter);
  rest.splice(rest.indexOf(beside) + (by > 0 ? 1 : 0), 0, letter);
  asked.order = rest;
}

function onClick(event) {
  const button = event.target.closest("[data-arrange]");
  if (!button) return;
  const column = button.closest("article");
  acts[button.dataset.arrange](column && letterOf(column));
  write();
  arrange();
  button.closest("details")?.removeAttribute("open");
  if (button.getClientRects().length) return;
  const places = column ? [...column.querySelectorAll(".col-menu summary, .card-open"), column] : [];
  const next = places.find((place) => place.getClientRects().length);
  focusOn(next ?? document.getElementById("answers-title"));
}

/** Bring a column to where its words can be read, whatever was asked for before. */
export function showColumn(seat) {
  if (!document.getElementById(`seat-${seat}`)) return;
  const { shown, view, full } = arranged();
  asked.fold = without(asked.fold, seat);
  if (!shown.includes(seat)) Object.assign(asked, { solo: [], hide: without(asked.hide, seat) });
  if (view === "rail" && !full.includes(seat)) acts.open(seat);
  write();
  arrange();
  openTab(seat);
}

function closeMenus(except) {
  for (const menu of root.querySelectorAll(".menu[open]")) if (menu !== except) menu.open = false;
}

/* Esc closes the menu before anything else; the keyboard's place is in it, and goes to its name. */
function onEscape(event) {
  const menu = root.querySelector(".menu[open]");
  if (event.key !== "Escape" || !menu) return;
  event.preventDefault();
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  closeMenus();
}

/** Wire the columns' menus and the line above the columns. */
export function arrangeColumns(run) {
  root = run;
  grid = document.getElementById("grid");
  asked = JSON.parse(grid.dataset.asked);
  arrange();
  root.addEventListener("click", onClick);
  root.addEventListener("click", ({ target }) => {
    const link = target.closest('a[href^="#seat-"]:not([data-tab])');
    if (link) showColumn(link.hash.replace("#seat-", "").charAt(0));
  });
  addEventListener("click", ({ target }) => closeMenus(target.closest(".menu")));
  addEventListener("focusin", ({ target }) => closeMenus(target.closest(".menu")));
  addEventListener("keydown", onEscape);
  addEventListener("resize", keepCardsShut);
  new MutationObserver(arrange).observe(grid, { childList: true });
  new MutationObserver(drawTabs).observe(root.querySelector(".answers"), { childList: true });
}
