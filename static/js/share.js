/* The pages of a link's owner: the preview follows the ticks, the link is copied. */

const form = document.querySelector("[data-preview]");
form?.addEventListener("change", (event) => {
  if (event.target.name === "title" || event.target.name === "lasts") return;
  form.querySelector(".update").click();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-link]");
  if (!button) return;
  const link = document.querySelector("[data-link]");
  link.select();
  try {
    await navigator.clipboard.writeText(link.value);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not copied";
  }
  setTimeout(() => (button.textContent = "Copy"), 1500);
});
