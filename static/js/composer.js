/* The question box: Enter sends, Shift+Enter is a new line, one press is one question. */

for (const box of document.querySelectorAll("[data-composer]")) {
  const form = box.form;
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (box.value.trim()) form.requestSubmit(form.querySelector("button.go"));
  });
  let sent = false;
  form.addEventListener("submit", (event) => {
    const isAsk = !event.submitter?.name || event.submitter.classList.contains("go");
    if (!isAsk) return;
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener("pageshow", () => (sent = false));
}

/* Enter in a field with a button of its own presses that button. */
document.addEventListener("keydown", (event) => {
  const button = document.getElementById(event.target.dataset?.enter);
  if (event.key !== "Enter" || event.isComposing || !button) return;
  event.preventDefault();
  button.click();
});
