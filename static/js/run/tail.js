/* The open block while it is written, drawn as what it becomes, in the server's own elements; words
   are text, never HTML, and a frame mostly changes one text node. What the server makes of the same
   words holds this to it: tests/browser/test_open_block.py. */

const MOST_CHARS = 20_000; // read anew with every frame; more than that stands as it was written
const DEEPEST = 6;

const FENCE = /^ {0,3}(`{3,}|~{3,}) *([^`\s]*)[^`]*$/;
const ITEM = /^ {0,3}(?:([-+*])|(\d{1,9})([.)]))(?: {1,4}|$)/;
const QUOTE = /^ {0,3}> ?/;
const DELIMITERS = /^ {0,3}[-:|][-:| ]*$/;
const BUD = /^ {0,3}(?:[`~]{1,2}|[-*_= ]+|#+|\d{1,2}[.)]?|\\)$/; // the begun mark of anything

/** Draw an open block into its element. `cites`: letters and findings become signs. */
export function drawOpen(element, tail, cites) {
  const isLong = tail.length > MOST_CHARS && !/^ {0,3}(?:```|~~~)/.test(tail);
  const lines = tail.replaceAll("\t", "    ").split("\n");
  fill(element, isLong ? [["p", "", [tail]]] : blocks(lines, { cites, depth: 0 }).nodes);
  let end = element;
  while (end.lastChild?.localName && end.lastChild.localName !== "br") end = end.lastChild;
  if (end.hasAttribute("data-end")) return;
  element.querySelector("[data-end]")?.removeAttribute("data-end");
  if (end !== element) end.setAttribute("data-end", "");
}

/* Nodes are words, or [tag, class, nodes, the number of a list's first item]. */
function fill(element, nodes) {
  let had = element.firstChild;
  for (const node of nodes) {
    const [tag, name, held, number] = typeof node === "string" ? [] : node;
    if (had?.localName !== tag || !had) {
      had = element.insertBefore(tag ? document.createElement(tag) : new Text(), had);
    }
    if (!tag) {
      if (had.data !== node) had.data = node;
    } else {
      if (had.className !== name) had.className = name;
      if (number && had.start !== number) had.start = number;
      fill(had, held);
    }
    had = had.nextSibling;
  }
  while (element.childNodes.length > nodes.length) element.lastChild.remove();
}

function blocks(lines, inside) {
  const nodes = [];
  let isLoose = false;
  for (let at = 0; at < lines.length; ) {
    if (!lines[at].trim() || (at === lines.length - 1 && BUD.test(lines[at]))) {
      at++;
      continue;
    }
    isLoose ||= nodes.length > 0 && !lines[at - 1].trim();
    const [node, next] = block(lines, at, inside);
    nodes.push(node);
    at = next;
  }
  return { nodes, isLoose };
}

/* One block that begins in line `at`, and where the next one begins. */
function block(lines, at, inside) {
  const line = lines[at];
  if (FENCE.test(line)) return code(lines, at);
  const [, signs, title] = /^ {0,3}(#{1,6}) +(.*)$/.exec(line) ?? [];
  if (signs) return [[signs[3] ? "h5" : "h4", "", inline(title, inside)], at + 1];
  const within = { ...inside, depth: inside.depth + 1 };
  if (inside.depth < DEEPEST && QUOTE.test(line)) return quote(lines, at, within);
  if (inside.depth < DEEPEST && ITEM.test(line)) return list(lines, at, within);
  return (opensTable(lines, at) ? table : paragraph)(lines, at, inside);
}

function interrupts(line) {
  return [FENCE, /^ {0,3}#+ /, QUOTE, ITEM].some((begins) => begins.test(line));
}

/* The first line from `at` on that is such a one, or the end. */
function until(lines, at, isOne) {
  while (at < lines.length && !isOne(lines[at], at)) at++;
  return at;
}

function code(lines, at) {
  const [, sign, language] = FENCE.exec(lines[at]);
  const end = until(lines, at + 1, (line) => line.trim().startsWith(sign));
  const held = lines.slice(at + 1, end);
  if (end === lines.length && sign.startsWith(held.at(-1)?.trim())) held.pop();
  const words = held.join("\n"); // without the last line feed, behind which the caret would stand
  const bar = ["div", "code-bar", [["span", "", language ? [language] : []]]];
  const box = ["pre", "", [["code", "hl", words ? [words] : []]]];
  return [["div", "code", [bar, box]], end + 1];
}

function quote(lines, at, within) {
  const ends = (line) => !QUOTE.test(line) && (!line.trim() || interrupts(line));
  const end = until(lines, at, ends);
  const held = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return [["blockquote", "", blocks(held, within).nodes], end];
}

/* An item holds what is indented as far as its words, and lines that carry its words on. */
function list(lines, at, within) {
  const [, bullet, number, sign] = ITEM.exec(lines[at]);
  const items = [];
  let isLoose = false;
  for (let found; (found = ITEM.exec(lines[at])) && found[1] === bullet && found[3] === sign; ) {
    const offset = found[0].length;
    const isBack = (line) => line.length - line.trimStart().length < offset;
    const end = until(lines, at + 1, (line, i) =>
      line.trim() && isBack(line) && (!lines[i - 1].trim() || interrupts(line)));
    const held = lines.slice(at + 1, end).map((line) => (isBack(line) ? line.trimStart() : line.slice(offset)));
    const item = blocks([lines[at].slice(offset), ...held], within);
    items.push(item.nodes);
    isLoose ||= item.isLoose || (!lines[end - 1].trim() && ITEM.test(lines[end]));
    at = end;
  }
  const tight = (node) => (node[0] === "p" && !isLoose ? node[2] : [node]);
  const nodes = items.map((item) => ["li", "", item.flatMap(tight)]);
  return [[bullet ? "ul" : "ol", "", nodes, Number(number)], at];
}

/* A head alone is a table once it begins with a bar: the line below it is still to come. */
function opensTable(lines, at) {
  const below = lines[at + 1];
  if (!lines[at].includes("|")) return false;
  return below ? DELIMITERS.test(below) : at > lines.length - 3 && /^ {0,3}\|/.test(lines[at]);
}

function table(lines, at, inside) {
  const sides = cells(lines[at + 1] ?? "").map((cell) =>
    cell.endsWith(":") ? (/^:./.test(cell) ? "center" : "right") : "");
  const head = cells(lines[at]);
  const row = (tag, held) =>
    ["tr", "", head.map((_, i) => [tag, sides[i] ?? "", inline(held[i] ?? "", inside)])];
  const end = until(lines, at + 2, (line) => !line.trim() || interrupts(line));
  const rows = lines.slice(at + 2, end).filter((line) => line.trim() !== "|");
  const body = ["tbody", "", rows.map((line) => row("td", cells(line)))];
  const whole = [["thead", "", [row("th", head)]], ...(rows.length ? [body] : [])];
  return [["div", "table", [["table", "", whole]]], end];
}

function cells(line) {
  const bare = line.trim().replace(/^\||(?<!\\)\|$/g, "");
  return bare.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function paragraph(lines, at, inside) {
  const ends = (line, i) => !line.trim() || interrupts(line) || (lines[i + 1] && opensTable(lines, i));
  const end = until(lines, at + 1, ends);
  const held = lines.slice(at, end).map((line) => line.trimStart());
  if (end > at + 1 && end === lines.length && BUD.test(held.at(-1))) held.pop();
  return [["p", "", inline(held.join("\n"), inside)], end];
}

/* Within a line. That one of their signs is there is asked first: it saves most of the time. */
const INLINE = new RegExp(
  "(?=[\\\\`*!\\[ ])(?:" +
    [
      /\\[([].*?(?:\\[)\]]|$)/, // a formula, as it is written
      /\\(?<word>[!-/:-@[-`{-~])/,
      /(?<tick>`+)(?<code>.+?)(?:\k<tick>(?!`)|`*$)/,
      /(?<!\w)\*\*(?=\S)(?<strong>.+?)(?:\*\*(?!\*)|\*?$)/,
      /(?<![\w*])\*(?=[^\s*])(?:(?<em>[^*\n]*[^*\s])\*(?!\*)|(?<slant>[^*\n]{1,60})$)/,
      /\[(?<label>[^[\]\n]{0,200})\]\((?<href>[^\s()]{0,2000})[^()\n]{0,200}(?:\)|$)/,
      /\[(?<cited>[A-H](?:\s{0,3}(?:[,;/&+]|and)\s{0,3}[A-H]){0,7})\]/,
      / ?(?<sign>\[f\d{1,3}[^[\]\n]{0,12}\])/,
      /(?<bud> ?\[(?:f\d{0,3}[^[\]\n]{0,12}|[A-H][^[\]\n]{0,12})?$|[*`]+$)/,
      /(?<br> {2,}\n|\\\n)/,
    ].map(({ source }) => source).join("|") +
    ")",
  "gs",
);

function inline(text, inside) {
  const nodes = [];
  const add = (node) => {
    if (typeof node !== "string" || typeof nodes.at(-1) !== "string") nodes.push(node);
    else nodes.push(nodes.pop() + node);
  };
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    if (from < match.index) add(text.slice(from, match.index));
    from = match.index + match[0].length;
    piece(match, inside).forEach(add);
  }
  if (from < text.length) add(text.slice(from));
  return nodes;
}

function piece({ 0: whole, groups }, inside) {
  const { word, code: said, strong, em = groups.slant, label, cited, sign, bud, br } = groups;
  if (said) return [["code", "", [said]]];
  if (strong) return [["strong", "", inline(strong, inside)]];
  if (em) return [["em", "", inline(em, inside)]];
  if (label !== undefined) return link(label, groups.href);
  if (cited && inside.cites) return cited.match(/[A-H]/g).map((l) => ["a", `l ${l}`, [l]]);
  if (br) return [["br", "", []]];
  return bud || (sign && inside.cites) ? [] : [word ?? whole];
}

function link(label, href) {
  const host = /^https?:\/\/([^/?#:]+)/i.exec(href)?.[1];
  const isTold = !host || label.includes(host.replace(/^www\./, ""));
  return [["a", "", [label]], ...(isTold ? [] : [" ", ["span", "host", [`(${host})`]]])];
}

/* ---- for readers without links ---- */

const WORDED = /[ \t]*\[f\d{1,3}(?:[ \t]{0,3}[:,–—-]?[ \t]{0,3}(settled|open))?\](?!\()/gi;
const STATES = { settled: " (settled)", open: " (left open)" };

/** A synthesis for readers without links: what became of a finding, in words. */
export function worded(text) {
  return text.replace(WORDED, (_, state) => STATES[state?.toLowerCase()] ?? "");
}
