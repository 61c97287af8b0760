/* A text as the reader sees it, in which every character knows where it stands. */

const BLOCK = "p, li, h1, h2, h3, h4, h5, h6, pre, td, th, blockquote, div";
const UNSEEN = "button, .code-bar, annotation, .vh";

/** Small letters, plain quotes and plain spaces, each character still in its place. */
export function fold(text) {
  const lower = text.toLowerCase();
  const same = lower.length === text.length;
  return (same ? lower : [...text].map((c) => small(c)).join(""))
    .replace(/\s/g, " ")
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"');
}

function small(character) {
  const lower = character.toLowerCase();
  return lower.length === character.length ? lower : character;
}

export class Displayed {
  /** The words of `body` as they stand now. */
  constructor(body) {
    this.body = body;
    this.nodes = [];
    this.starts = [];
    const pieces = [];
    let length = 0;
    let block = null;
    const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!node.length || node.parentElement.closest(UNSEEN)) continue;
      const own = node.parentElement.closest(BLOCK);
      if (block && own !== block) {
        pieces.push("\n"); // nothing is found across two paragraphs
        length += 1;
      }
      block = own;
      this.nodes.push(node);
      this.starts.push(length);
      pieces.push(fold(node.data));
      length += node.length;
    }
    this.text = pieces.join("");
  }

  /** Every place of `words`, from first to last; none overlaps the one before. */
  find(words) {
    const places = [];
    const wanted = fold(words).replace(/ +/g, " ");
    if (!wanted.trim()) return places;
    let at = this.text.indexOf(wanted);
    for (; at >= 0; at = this.text.indexOf(wanted, at + wanted.length)) {
      places.push(this.range(at, at + wanted.length));
    }
    return places;
  }

  range(from, to) {
    const [start, startAt] = this.at(from);
    const [end, endAt] = this.at(to - 1);
    const range = document.createRange();
    range.setStart(start, startAt);
    range.setEnd(end, endAt + 1);
    return range;
  }

  at(place) {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= place) low = middle;
      else high = middle - 1;
    }
    return [this.nodes[low], place - this.starts[low]];
  }
}
