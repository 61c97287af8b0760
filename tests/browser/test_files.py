"""Files beside a question in a real browser: chosen, pasted, dropped, taken away, sent, shown."""

import base64
import json

from playwright.sync_api import FilePayload, Page, expect

from tests.browser.reader import Reader, wait_for_end
from tests.files import made
from tests.whole.house import House, usual

PHOTO: FilePayload = {"name": "frame.png", "mimeType": "image/png", "buffer": made.png(96, 64)}
NOTES: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Tube: 32 mm"}

_BRING = """([kind, name, text]) => {
  const carrier = new DataTransfer();
  carrier.items.add(new File([text], name, { type: "text/plain" }));
  const about = { bubbles: true, cancelable: true };
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { ...about, clipboardData: carrier })
    : new DragEvent("drop", { ...about, dataTransfer: carrier });
  return document.querySelector("textarea").dispatchEvent(event);
}"""


def _seats(page: Page) -> None:
    """Two scripted seats, judge and writer."""
    page.locator(".seats details").evaluate("(details) => { details.open = true; }")
    for field, model in (("model-A", "m1"), ("model-B", "m2"), ("judge-model", "judge")):
        page.locator(f"#{field}").fill(f"fake/{model}")
    page.locator("#writer-model").fill("fake/writer")


def test_files_are_chosen_pasted_dropped_taken_away_and_sent(house: House, reader: Reader) -> None:
    house.script(**usual())
    page = reader.page
    page.goto("/")
    page.get_by_label("Your question").fill("Which frame?")
    page.get_by_label("Attach pictures, PDFs or text").set_input_files([PHOTO])
    page.evaluate(_BRING, ["paste", "pasted.txt", "From the clipboard"])
    page.evaluate(_BRING, ["drop", "dropped.txt", "From the desk"])
    page.get_by_label("Attach pictures, PDFs or text").set_input_files([NOTES])
    chips = page.locator("[data-chosen] .chip > span")
    expect(chips).to_have_text(["frame.png", "pasted.txt", "dropped.txt", "notes.txt"])
    page.get_by_role("button", name="Remove dropped.txt").click()
    expect(chips).to_have_text(["frame.png", "pasted.txt", "notes.txt"])
    _seats(page)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url("**/runs/*/")
    shown = page.locator(".question .chip")
    expect(shown).to_have_count(3)
    expect(shown.first).to_contain_text("frame.png")
    picture = page.locator(".question .chip img")
    assert picture.evaluate("(img) => img.decode().then(() => img.naturalWidth)") == 96
    wait_for_end(page)
    sent = json.dumps(house.provider.requests("m1")[0]["messages"])
    assert base64.b64encode(made.png(96, 64)).decode() in sent
    assert "From the clipboard" in sent
    assert "Tube: 32 mm" in sent
    assert "From the desk" not in sent


def test_a_file_that_cannot_be_sent_leaves_question_and_good_files_in_the_box(
    house: House, reader: Reader
) -> None:
    reader.allow = "422"
    page = reader.page
    page.goto("/")
    page.get_by_label("Your question").fill("Which frame?")
    archive: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": made.ZIP}
    page.get_by_label("Attach pictures, PDFs or text").set_input_files([PHOTO, archive])
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("“a.png” is neither a picture")
    expect(page.get_by_label("Your question")).to_have_value("Which frame?")
    expect(page.locator(".composer .chip")).to_have_count(1)
    page.get_by_role("button", name="Remove frame.png").click()
    expect(page.locator(".composer .chip")).to_have_count(0)
    expect(page.get_by_label("Your question")).to_have_value("Which frame?")


def test_without_javascript_the_file_field_itself_is_there(
    house: House, reader: Reader, open_reader: object
) -> None:
    bare = open_reader(house.person, java_script_enabled=False)  # type: ignore[operator]
    bare.page.goto("/")
    field = bare.page.locator("input[type=file]")
    expect(field).to_be_visible()
    field.set_input_files([NOTES])
    bare.page.get_by_label("Your question").fill("Which frame?")
    bare.page.get_by_role("button", name="Ask", exact=True).click()
    expect(bare.page.locator(".chip")).to_contain_text("notes.txt")
