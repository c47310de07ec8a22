"""A sheet to draw on, in pixels from its upper left corner: the only place that knows matplotlib.

Straight on its Agg renderer: no pyplot, no settings of the process, and half the time that figures and artists take.
"""

import io
from collections.abc import Callable
from functools import cached_property, partial
from typing import Literal

from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg, get_hinting_flag
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from PIL import Image

DPI = 100
# DejaVu comes with matplotlib; the others draw what it has not, where the machine has them.
_MORE = ("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC", "WenQuanYi Zen Hei", "Noto Sans KR")
_HATCH = "#7d7d7d"
Align = Literal["left", "center", "right"]
_Step = Callable[[RendererAgg], None]


class Canvas:
    """What is drawn later lies on top. Set `height` before `png`."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.height = 1
        self._steps: list[_Step] = []
        known = {font.name for font in fontManager.ttflist}
        self._families = ["DejaVu Sans", *(name for name in _MORE if name in known)]
        self._fonts: dict[tuple[float, bool], FontProperties] = {}
        self._advances: dict[tuple[str, float, bool], float] = {}

    def has_glyph(self, char: str) -> bool:
        """Whether it can be drawn; a blank can."""
        return char == " " or any(ord(char) in glyphs for glyphs in self._glyphs)

    def width_of(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide the text will be, in pixels; `size` is in points.

        The sum of its letters, without kerning: to shape each text just to measure it takes as long as to draw it.
        """
        return sum(self._advance(char, size, bold) for char in text)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        color: str = "#1c1c1c",
        bold: bool = False,
        align: Align = "left",
        backed: bool = False,
    ) -> None:
        """Words whose small letters have their middle at `y`. `backed`: on white, to be read on a hatch."""
        width = self.width_of(text, size, bold=bold) if align != "left" or backed else 0.0
        left = x - {"left": 0.0, "center": width / 2, "right": width}[align]
        em = size * DPI / 72
        if backed:
            self.box(left - 2, y - 0.5 * em, width + 4, em, face="#ffffff", edge="", alpha=0.9)
        self._steps.append(partial(self._write, text, left, y + 0.36 * em, self._font(size, bold=bold), color))

    def line(
        self, x: float, y: float, to_x: float, to_y: float, color: str, width: float, *, dashed: bool = False
    ) -> None:
        """A straight line, `width` pixels wide."""
        path = Path([(x, y), (to_x, to_y)])
        self._steps.append(partial(self._stroke, path, color, width, (9, 3, 2, 3) if dashed else None))

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        face: str,
        edge: str,
        line: float = 1.0,
        hatch: str = "",
        dashed: bool = False,
        alpha: float = 1.0,
    ) -> None:
        """A rectangle with its upper left corner at (x, y). The hatch is fainter than its edge; "" is no edge."""
        path = Path([(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)], closed=True)
        self._steps.append(partial(self._fill, path, face, alpha, hatch))
        if edge:
            self._steps.append(partial(self._stroke, path, edge, line, (5, 3) if dashed else None))

    def png(self) -> bytes:
        """The sheet as it is."""
        sheet = RendererAgg(self._width, self.height, DPI)
        self._fill(self._whole(), "#ffffff", 1.0, "", sheet)
        for step in self._steps:
            step(sheet)
        written = io.BytesIO()
        size = (self._width, self.height)
        drawn = Image.frombytes("RGBA", size, bytes(sheet.buffer_rgba())).convert("RGB")
        drawn.quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(written, "PNG")
        return written.getvalue()

    def _whole(self) -> Path:
        right, bottom = self._width, self.height
        return Path([(0, 0), (right, 0), (right, bottom), (0, bottom), (0, 0)], closed=True)

    def _upright(self) -> Affine2D:
        """Agg counts from the lower left corner."""
        return Affine2D().scale(1, -1).translate(0, self.height)

    def _fill(self, path: Path, face: str, alpha: float, hatch: str, sheet: RendererAgg) -> None:
        pen = sheet.new_gc()
        pen.set_linewidth(0)
        if hatch:
            _hatched(pen, hatch)
        sheet.draw_path(pen, path, self._upright(), to_rgba(face, alpha))

    def _stroke(
        self, path: Path, color: str, width: float, dashes: tuple[float, ...] | None, sheet: RendererAgg
    ) -> None:
        pen = sheet.new_gc()
        pen.set_linewidth(width)
        pen.set_foreground(color)
        pen.set_snap(True)
        if dashes:
            pen.set_dashes(0, dashes)
        sheet.draw_path(pen, path, self._upright())

    def _write(self, text: str, x: float, y: float, font: FontProperties, color: str, sheet: RendererAgg) -> None:
        pen = sheet.new_gc()
        pen.set_foreground(color)
        sheet.draw_text(pen, x, y, text, font, 0, ismath=False)

    def _font(self, size: float, *, bold: bool) -> FontProperties:
        key = (size, bold)
        if key not in self._fonts:
            weight = "bold" if bold else "normal"
            self._fonts[key] = FontProperties(family=self._families, size=size, weight=weight)
        return self._fonts[key]

    def _advance(self, char: str, size: float, bold: bool) -> float:
        """How wide a letter is, in pixels."""
        key = (char, size, bold)
        if key not in self._advances:
            has = (place for place, glyphs in enumerate(self._glyphs) if ord(char) in glyphs)
            weight = "bold" if bold else "normal"
            family = FontProperties(family=self._families[next(has, 0)], weight=weight)
            font = get_font(fontManager.findfont(family))
            font.set_size(size, DPI)
            self._advances[key] = font.load_char(ord(char), get_hinting_flag()).horiAdvance / 64
        return self._advances[key]

    @cached_property
    def _glyphs(self) -> list[set[int]]:
        found = [get_font(fontManager.findfont(FontProperties(family=name))) for name in self._families]
        return [set(font.get_charmap()) for font in found]


def _hatched(pen: GraphicsContextBase, hatch: str) -> None:
    pen.set_hatch(hatch)
    pen.set_hatch_color(to_rgba(_HATCH))
    pen.set_hatch_linewidth(0.8)
