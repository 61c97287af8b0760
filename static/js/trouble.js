/* What htmx asked for and did not get is said above the page, and the page stays as it is. The next
   answer for the same place takes the sentence away; an estimate that comes meanwhile does not. */

const WHY = {
  0: "The server cannot be reached. Everything on this page is still here; try again in a moment.",
  401: "You are signed out. Copy what you wrote here, then reload the page to sign in.",
  404: "That is not there any more. Copy what you wrote here, then reload the page.",
  429: "That was too much at once. Everything on this page is still here; wait a minute, then try again.",
};
const REFUSED = "The server refused that. Copy what you wrote here, then reload the page.";
const FAULT = "The server had a fault. Everything on this page is still here; try again in a moment.";
const LATE = "The server did not answer in time. Everything on this page is still here; try again.";

let failed; // the place that did not get its answer

function say(words, { detail }) {
  failed = words && detail.target;
  document.getElementById("trouble").textContent = words;
}

document.addEventListener("htmx:sendError", (event) => say(WHY[0], event));
document.addEventListener("htmx:timeout", (event) => say(LATE, event));
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  say(WHY[status] ?? (status < 500 ? REFUSED : FAULT), event);
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { shouldSwap, target } = event.detail;
  if (shouldSwap && (target === failed || !failed?.isConnected)) say("", event);
});
