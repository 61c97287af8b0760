/* Ten seconds, one minute, all: what is shown follows the radios (css/run/speeds.css); the choice is
   kept, and gives way when the reader goes to something the speed leaves out. */

const YEAR_S = 31_536_000;
let root;

function keep(speed) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `speed=${speed}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  const url = new URL(location.href);
  if (!url.searchParams.has("speed")) return;
  url.searchParams.delete("speed"); // or a reload would undo the choice
  history.replaceState(history.state, "", url);
}

function show(speed) {
  root.dataset.speed = speed;
  root.querySelector(`.speed [value="${speed}"]`).checked = true;
}

/** The shorter speeds leave out what the reader asks for. */
export function showAll() {
  show("all");
}

/* What the address leads to is shown, whatever the speed. */
function showTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (root.contains(target) && !target.closest(".top")) showAll();
}

/** Wire the radios, and show all when a finding is followed to its words. */
export function followSpeed(run) {
  root = run;
  root.addEventListener("change", ({ target }) => {
    if (target.name !== "speed") return;
    show(target.value);
    keep(target.value);
  });
  root.addEventListener("evidence", showAll);
  root.addEventListener("click", ({ target }) => {
    if (target.closest(".verdict a[href^='#seat-']")) showAll();
  });
  addEventListener("hashchange", showTarget);
  showTarget();
}
