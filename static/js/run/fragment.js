/* The server's HTML, sanitised there (council/render): this is the only place where it enters
   the document. */

export function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** Put the focus back where it was, without a scroll; the element need not be a control. */
export function focusOn(element) {
  if (element && element.tabIndex < 0) element.tabIndex = -1;
  element?.focus({ preventScroll: true });
}
