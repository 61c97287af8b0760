/* Watches everything that ever enters a run's page; `caught` holds what never may. */
window.caught = [];

const TAGS = new Set(
  ("script style link meta base img picture source video audio track iframe frame object embed " +
    "template form textarea select marquee portal svg image").split(" "),
);
const ATTRIBUTES =
  /^(on|hx-(?!disable$)|data-hx-|ws-|style$|src|ping$|poster$|background$|data$|action$|formaction$|autofocus$|name$)/;
const IDS = /^(q-f\d+-[A-H]|f\d+\.[A-H])?$/;
const WORDS = "[data-body], #breakdown, #verdict, .head, .foot, .question, .past, .tools, .sources-all";
const OWN = // ours, by template
  "form[data-post], form[data-post] *, .foot, #breakdown, #verdict, " +
  ".past > .find, .past > .find *, .past .older, .past a[id^=more-]";
const CHOICE = ".foot > button.quiet:is(.choose-best, .is-best)[form=best][name=letter]";
const LINKS = // ours outside of what anybody wrote
  /^(#(q-f\d+-|f\d+\.|f\d+-said-|seat-)[A-H]|#f\d+|\/(runs|conversations)\/.*|\?to=[A-H]#follow-up|\?blind=[01]#seat-[A-H])$/;

function look(element) {
  if (!element.closest(WORDS) || element.matches(OWN) || element.matches(WORDS)) return;
  const say = (what) => window.caught.push(`${what}: ${element.outerHTML.slice(0, 200)}`);
  if (TAGS.has(element.localName)) say("element");
  for (const { name } of element.attributes) {
    const isChoice = name === "name" && element.matches(CHOICE);
    if (ATTRIBUTES.test(name) && !isChoice) say(`attribute ${name}`);
  }
  if (element.closest("[data-body]") && !IDS.test(element.id)) say("id");
  if (element.classList.contains("verdict")) say("class");
  const href = element.getAttribute("href");
  if (href && !/^(https?:\/\/|mailto:)/.test(href) && !LINKS.test(href)) say("link");
  if (href && element.closest("[data-body]") && /^[/?]/.test(href)) say("link into the app");
}

new MutationObserver((records) => {
  for (const { addedNodes, target, type } of records) {
    if (type === "attributes") look(target);
    for (const node of addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      for (const element of [node, ...node.querySelectorAll("*")]) look(element);
    }
  }
}).observe(document, { childList: true, subtree: true, attributes: true });
addEventListener("securitypolicyviolation", (event) => window.caught.push(event.blockedURI));
