"""Where the keyboard is, as a reader at the screen sees it."""

from typing import Any

from playwright.sync_api import Page

MOST_STOPS = 200
RING_PX = 2
CONTRAST = 3

_LOOK = r"""() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect();
  let [total, seen, over] = [0, 0, ""];
  for (const across of [.05, .25, .5, .75, .95]) {
    for (const down of [.1, .5, .9]) {
      total += 1;
      const [x, y] = [box.left + box.width * across, box.top + box.height * down];
      const top = document.elementFromPoint(x, y);
      if (top && (element.contains(top) || top.contains(element))) seen += 1;
      else over = top ? top.id || top.className || top.localName : "the window";
    }
  }
  /* The ring may be drawn around what holds the control; the one that is drawn counts. */
  const drawn = (e) => {
    const { outlineStyle, outlineWidth, boxShadow, outlineColor } = getComputedStyle(e);
    if (outlineStyle !== "none") return [parseFloat(outlineWidth), outlineColor];
    const [, spread] = /0px 0px 0px ([\d.]+)px$/.exec(boxShadow) ?? [];
    const color = /(?:rgb|color|oklab)[^)]*\)(?= 0px 0px 0px)/.exec(boxShadow)?.[0];
    return spread ? [Number(spread) + parseFloat(getComputedStyle(e).borderTopWidth), color] : null;
  };
  const isUnseen = getComputedStyle(element).opacity === "0";
  const holder = element.closest("label, .box");
  const ringed = !isUnseen && drawn(element) ? element : holder && drawn(holder) ? holder : null;
  const [ring, color] = ringed ? drawn(ringed) : [0, "rgb(0, 0, 0)"];
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const light = (css) => {
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
      .map((v) => (v / 255 <= .04045 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4))
      .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  };
  let ground = ringed?.parentElement;
  const isClear = (e) => /, 0\)$|\/ 0\)$|transparent/.test(getComputedStyle(e).backgroundColor);
  while (ground && ground !== document.body && isClear(ground)) ground = ground.parentElement;
  const [bright, dark] = [color, getComputedStyle(ground ?? document.body).backgroundColor]
    .map(light).sort((a, b) => b - a);
  return {
    what: `${element.localName}#${element.closest("[id]")?.id ?? ""} ${
      (element.ariaLabel || element.textContent).trim().slice(0, 40)}`,
    share: seen / total, over, ring, contrast: (bright + .05) / (dark + .05),
    isLaidOut: element.checkVisibility({ visibilityProperty: true }),
  };
}"""


def stops(page: Page) -> list[dict[str, Any]]:
    """Every place that Tab comes to, from the top of the page to its end, as it is seen there."""
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    found: list[dict[str, Any]] = []
    while len(found) < MOST_STOPS:
        page.keyboard.press("Tab")
        stop = page.evaluate(_LOOK)
        if stop is None or (found and stop["what"] == found[0]["what"]):
            return found
        found.append(stop)
    raise AssertionError(f"Tab does not come to an end: {found[-1]['what']}")


def unseen(found: list[dict[str, Any]]) -> list[str]:
    """What is wrong with them: covered, without a ring, or with one that cannot be made out."""
    wrong = []
    for stop in found:
        if not stop["isLaidOut"] or not stop["share"]:
            wrong.append(f"{stop['what']}: behind {stop['over']}")
        if stop["ring"] < RING_PX or stop["contrast"] < CONTRAST:
            wrong.append(f"{stop['what']}: ring {stop['ring']} px, {stop['contrast']:.1f} to 1")
    return wrong
