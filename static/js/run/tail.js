/* The open block while it is written: text without the marks that will become something else.
   The server does the same (council/render/tail.py); one list of cases holds both to it. */

const FENCE = /^\s*(?:```|~~~)/;
const SIGN = /[ \t]?\[f\d{1,3}(?:[ :,]+[a-z]{4,7})?\]/gi;
const HALF = /[ \t]?\[(?:f\d{0,3}(?:[ :,]+[a-z]{0,7})?)?$/i;
const DRESS = /\*\*|`|^#{1,6}[ \t]+/gm;

/** The text of an open block as it is shown; code stays as it is. */
export function softened(tail) {
  if (FENCE.test(tail)) return tail;
  return tail.replace(SIGN, "").replace(HALF, "").replace(DRESS, "");
}

const WORDED = /[ \t]*\[f\d{1,3}(?:[ \t]{0,3}[:,–—-]?[ \t]{0,3}(settled|open))?\](?!\()/gi;
const STATES = { settled: " (settled)", open: " (left open)" };

/** A synthesis for readers without links: what became of a finding, in words. */
export function worded(text) {
  return text.replace(WORDED, (_, state) => STATES[state?.toLowerCase()] ?? "");
}
