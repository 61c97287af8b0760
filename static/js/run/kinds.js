/* Quoted words that are contested, shared or said here alone, marked when the reader asks. */

const KINDS = ["contested", "shared", "only"];
const KEPT = "kinds";

/** Wire the toggles; marks are told their kind whenever words are drawn. */
export function showKinds(root) {
  const toggles = root.querySelector("fieldset.kinds");
  const chosen = () => [...toggles.querySelectorAll(":checked")].map((box) => box.value);
  const kept = (localStorage.getItem(KEPT) ?? "").split(" ");
  for (const box of toggles.querySelectorAll("input")) box.checked = kept.includes(box.value);
  toggles.addEventListener("change", () => {
    localStorage.setItem(KEPT, chosen().join(" "));
    root.dataset.kinds = chosen().join(" ");
  });
  root.dataset.kinds = chosen().join(" ");
  let isDue = false; // several answers are drawn at once: their marks are looked through once
  root.addEventListener("drawn", ({ detail }) => {
    if (!detail.marks || isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      sort(root, toggles);
    });
  });
  sort(root, toggles);
}

function sort(root, toggles) {
  const findings = document.getElementById("kinds").dataset;
  const kindOf = new Map(
    KINDS.flatMap((kind) => (findings[kind] ?? "").split(" ").map((id) => [id, kind])),
  );
  const places = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
  for (const mark of root.querySelectorAll("mark[data-f]")) {
    const kinds = new Set(mark.dataset.f.split(" ").map((id) => kindOf.get(id)));
    for (const kind of KINDS) mark.classList.toggle(`is-${kind}`, kinds.has(kind));
    // A place is counted where its name stands: a quote may be several marks.
    for (const named of [mark, ...mark.querySelectorAll("span[id^=q-]")]) {
      const kind = kindOf.get(/^q-(.+)-[A-H]$/.exec(named.id)?.[1]);
      if (kind) places[kind] += 1;
    }
  }
  for (const box of toggles.querySelectorAll("input")) {
    box.closest("label").querySelector(".figures").textContent = places[box.value];
    box.closest("label").hidden = !places[box.value];
  }
  toggles.hidden = !KINDS.some((kind) => places[kind]);
}
