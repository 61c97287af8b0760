/* "Ask B" under a column: the box at the end asks B next. Its link does the same without script. */

export function chooseWhom(root) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-to]");
    const box = document.getElementById("follow-up");
    const select = box?.querySelector("[name=to]");
    if (!link || !select) return;
    if (![...select.options].some((option) => option.value === link.dataset.to)) return;
    event.preventDefault();
    select.value = link.dataset.to;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    box.querySelector("[name=prompt]").focus();
  });
}
