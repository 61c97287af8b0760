/* The headings of a long answer, a press away. */

/** Fill an outline when it opens: from the headings as they stand in the column. */
export function offerOutlines(root, openTab) {
  root.addEventListener("beforetoggle", ({ target, newState }) => {
    if (target.dataset?.outline && newState === "open") fill(root, target);
  }, { capture: true }); // it does not bubble
  root.addEventListener("click", (event) => {
    const line = event.target.closest("[data-outline] button");
    if (!line) return;
    const outline = line.closest("[data-outline]");
    const heading = headings(root, outline.dataset.outline)[[...outline.children].indexOf(line)];
    outline.hidePopover();
    openTab(outline.dataset.outline);
    bring(heading);
  });
}

function headings(root, seat) {
  return [...root.querySelectorAll(`[data-body="${seat}"] :is(h2, h3, h4, h5, h6)`)];
}

function fill(root, outline) {
  const all = headings(root, outline.dataset.outline);
  const top = Math.min(...all.map((heading) => Number(heading.tagName[1])));
  outline.replaceChildren(
    ...all.map((heading) => {
      const line = document.createElement("button");
      Object.assign(line, { type: "button", className: "quiet", textContent: heading.textContent });
      line.dataset.depth = Math.min(Number(heading.tagName[1]) - top, 2);
      return line;
    }),
  );
}

function bring(heading) {
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  const scroller = heading.closest("[data-scroller]");
  if (scroller.scrollHeight > scroller.clientHeight + 1) {
    scroller.scrollTop +=
      heading.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 8;
    heading.closest("article").scrollIntoView({ block: "nearest" });
  } else heading.scrollIntoView({ block: "start" });
}

/** Open the outline of the answer that has the keyboard, else the first there is. */
export function openOutline(root) {
  const own = document.activeElement.closest("article")?.querySelector("[data-outline]");
  const outline = own ?? root.querySelector("[data-outline]");
  outline?.showPopover();
  outline?.firstElementChild?.focus();
}
