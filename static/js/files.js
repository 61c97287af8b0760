/* Files beside a question: chosen, dropped or pasted, shown by name, taken away again.
   The form's own file field carries them, so it works without this as well. */

for (const form of document.querySelectorAll("form:has(input[type=file][name=files])")) {
  const field = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-chosen]");
  let chosen = [...field.files];

  const set = (files) => {
    const carrier = new DataTransfer();
    for (const file of files) carrier.items.add(file);
    field.files = carrier.files;
    chosen = files;
    list.replaceChildren(...files.map(chip));
    list.hidden = !files.length;
    form.dispatchEvent(new Event("change", { bubbles: true })); // what it will take has changed
  };

  const chip = (file) => {
    const item = document.createElement("li");
    item.className = "chip";
    const name = document.createElement("span");
    name.textContent = file.name || "picture";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet remove";
    button.textContent = "×";
    button.setAttribute("aria-label", `Remove ${name.textContent}`);
    button.addEventListener("click", () => {
      set(chosen.filter((other) => other !== file));
      field.focus();
    });
    item.append(name, button, size(file));
    return item;
  };

  /* What an estimate needs to know before the file itself is sent. */
  const size = (file) => {
    const kind = file.type.startsWith("image/") && file.type !== "image/svg+xml" ? "image"
      : file.type === "application/pdf" ? "pdf" : "text";
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "chosen", value: `${kind}:${file.size}` });
    return field;
  };

  const add = (files) => set([...chosen, ...files]);
  form.classList.add("lists-files");
  if (chosen.length) set(chosen);
  field.addEventListener("change", () => {
    if (field.files.length) add([...field.files]);
    else set(chosen); // the dialog was cancelled: some browsers empty the field then
  });
  form.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    add([...event.clipboardData.files]);
  });
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  form.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    form.classList.add("is-target");
  });
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("is-target");
  });
  form.addEventListener("drop", (event) => {
    form.classList.remove("is-target");
    if (!carries(event)) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
}
