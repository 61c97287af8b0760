/* Ten seconds, one minute, all: the radios work by themselves (css/run/speeds.css); this keeps the
   choice, and gives way when the reader goes to something the speed leaves out. */

const YEAR_S = 31_536_000;

function keep(speed) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `speed=${speed}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  const url = new URL(location.href);
  if (!url.searchParams.has("speed")) return;
  url.searchParams.delete("speed"); // or a reload would undo the choice
  history.replaceState(history.state, "", url);
}

/** Wire the radios, and show all when a finding is followed to its words. */
export function followSpeed(root) {
  const all = document.getElementById("speed-all");
  root.addEventListener("change", ({ target }) => {
    if (target.name === "speed") keep(target.value);
  });
  root.addEventListener("evidence", () => (all.checked = true));
  root.addEventListener("click", ({ target }) => {
    if (target.closest(".verdict a[href^='#seat-']")) all.checked = true;
  });
}
