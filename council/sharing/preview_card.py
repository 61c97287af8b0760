"""The picture that stands for a shared link in other programs: how many answered, how far they
agree. The question is on it only where its owner wished so."""

import io

from PIL import Image, ImageDraw, ImageFont

from council import words
from council.core.state import RunState
from council.sharing import share_words

WIDTH, HEIGHT = 1200, 630
_PAPER, _INK, _SOFT = "#fbfaf7", "#1d1c1a", "#625e57"
_LETTERS = {
    "A": "#3b5b92", "B": "#8c4a6b", "C": "#4a682d", "D": "#8a5218",
    "E": "#26686f", "F": "#6a4b9a", "G": "#9a4034", "H": "#5c5f2a",
}  # fmt: skip
_LEFT = 80


def png(run: RunState, title: str = "") -> bytes:
    """The card, 1200 by 630 pixels, as PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((_LEFT, 70), "Fusion Council", _SOFT, _font(34))
    for place, letter in enumerate(run.seats):
        x = _LEFT + place * 92
        draw.rounded_rectangle((x, 150, x + 72, 222), 14, _LETTERS[letter])
        draw.text((x + 36, 186), letter, "#ffffff", _font(40), anchor="mm")
    lines = _wrapped(title) if title and _is_drawable(title) else [_answered(run)]
    for row, line in enumerate(lines):
        draw.text((_LEFT, 275 + row * 72), line, _INK, _font(58))
    draw.text((_LEFT, 520), share_words.agreement(run), _SOFT, _font(34))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _answered(run: RunState) -> str:
    count = len(run.usable)
    noun = "model" if count == 1 else "models"
    return f"{words.number_words(count).capitalize()} {noun}, one question"


def _wrapped(text: str) -> list[str]:
    """The title in at most three lines as wide as there is room; what is left out ends in ``…``."""
    font, lines = _font(58), [""]
    for word in text.split():
        if lines[-1] and font.getlength(f"{lines[-1]} {word}") > WIDTH - 2 * _LEFT:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    shown = lines[:3]
    if len(lines) > len(shown):
        shown[-1] += " …"
    return [_fitted(line) for line in shown]


def _fitted(line: str) -> str:
    font, fitted = _font(58), line
    while font.getlength(fitted) > WIDTH - 2 * _LEFT:
        fitted = f"{fitted.removesuffix('…').rstrip()[:-1]}…"
    return fitted


def _is_drawable(text: str) -> bool:
    """The font that comes with Pillow knows Latin letters only."""
    return all(ord(sign) < 0x250 or sign in "–—‘’“”…" for sign in text)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
