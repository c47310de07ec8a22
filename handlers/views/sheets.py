"""Sheets of A4 to write and to plot on, and the PDF that they become. matplotlib is loaded with this module.

Parts of a plot differ in shade and hatch, so that they can be told apart in grey.
"""

import io
import textwrap
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D

WIDE, HIGH = 8.27, 11.69  # inches: A4
LEFT, RIGHT = 0.09, 0.93  # of a sheet's width
INK, SOFT, RULE = "#1c1c1c", "#555555", "#bbbbbb"
LOOKS = (("#3a6ea5", ""), ("#a8c6e0", "////"), ("#ffffff", "...."), ("#e2e2e2", "xx"))
SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "pdf.fonttype": 42,  # letters stay letters: the text can be searched and copied
    "hatch.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "text.parse_math": False,
}
FOOT = 0.025
_PER_LINE = 120  # letters of 7.5 points across a sheet

Part = tuple[str, Sequence[float]]


class Sheets:
    """Sheets in the making, one on top; heights are parts of a sheet, from its lower edge. Not for two threads."""

    def __init__(self) -> None:
        self._sheets: list[Figure] = []
        self.lowest = 1.0  # the lowest that was written, without the feet
        with rc_context(SETTINGS):
            self._letters = set(get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap())

    def has_glyph(self, char: str) -> bool:
        """Whether it can be written."""
        return char == " " or ord(char) in self._letters

    def add(self, foot: str) -> None:
        """A new sheet, with a word at its foot."""
        with rc_context(SETTINGS):
            self._sheets.append(Figure(figsize=(WIDE, HIGH), facecolor="white"))
            self._top.text(RIGHT, FOOT, foot, size=7, color=SOFT, ha="right")

    def write(self, y: float, text: str, *, size: float = 8, color: str = INK, bold: bool = False) -> None:
        """One line from the left."""
        with rc_context(SETTINGS):
            self._top.text(LEFT, y, text, size=size, color=color, weight="bold" if bold else "normal")

    def cells(self, y: float, texts: Sequence[str], columns: Sequence[float], *, bold: bool = False) -> None:
        """Words that end at the `columns` (parts of the width)."""
        with rc_context(SETTINGS):
            for x, text in zip(columns, texts, strict=True):
                self._top.text(x, y, text, size=8, ha="right", weight="bold" if bold else "normal")

    def rule(self, y: float) -> None:
        """A thin line across."""
        with rc_context(SETTINGS):
            self._top.add_artist(Line2D([LEFT, RIGHT], [y, y], color=RULE, linewidth=0.5))

    def paragraph(self, top: float, text: str, *, size: float = 7.5, color: str = SOFT) -> float:
        """Words across the sheet, from `top` down; where they end."""
        lines = textwrap.wrap(text, round(_PER_LINE * 7.5 / size))
        step = size * 1.45 / 72 / HIGH
        with rc_context(SETTINGS):
            for place, line in enumerate(lines):
                self._top.text(LEFT, top - place * step, line, size=size, color=color, va="top")
        self.lowest = min(self.lowest, top - len(lines) * step)
        return top - len(lines) * step

    def stacked(self, bottom: float, high: float, names: Sequence[str], parts: Sequence[Part], unit: str) -> None:
        """A bar for each of `names`, of the parts upon each other, with their sum above it; of parts that are there."""
        with rc_context(SETTINGS):
            axes, base = self._axes(bottom, high), [0.0] * len(names)
            for (part, values), (face, hatch) in zip(parts, LOOKS, strict=False):
                if not any(values):
                    continue
                axes.bar(range(len(names)), values, 0.62, base, label=part, **_look(face, hatch))
                base = [below + value for below, value in zip(base, values, strict=True)]
            for place, total in enumerate(base):
                _above(axes, place, total, f"{total:,.0f}")
            _finish(axes, names, max(base, default=0), unit)

    def beside(
        self,
        bottom: float,
        high: float,
        names: Sequence[str],
        parts: Sequence[tuple[str, Sequence[float | None]]],
        unit: str,
        marks: Sequence[tuple[float, str]] = (),
    ) -> None:
        """Bars of the parts beside each other, each with its value (None: there is none).

        `marks`: lines with words at them, by how many bars from the left edge of the first.
        """
        with rc_context(SETTINGS):
            axes, wide = self._axes(bottom, high), 0.72 / max(len(parts), 1)
            for number, ((part, values), (face, hatch)) in enumerate(zip(parts, LOOKS, strict=False)):
                places = [place + (number + 0.5 - len(parts) / 2) * wide for place in range(len(names))]
                axes.bar(places, [value or 0 for value in values], wide, label=part, **_look(face, hatch))
                for place, value in zip(places, values, strict=True):
                    if value is not None:
                        told = f"{value:,.0f}" if value >= 100 else f"{value:.1f}".removesuffix(".0")
                        _above(axes, place, value, told, 6)
            highest = max((value or 0 for _, values in parts for value in values), default=0)
            _finish(axes, names, highest, unit)
            for at, word in marks:
                axes.axvline(at - 0.5, color=INK, linewidth=1, linestyle=(0, (5, 2)))
                where = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "va": "top"}
                axes.annotate(word, (at - 0.5, 1), (2, -1), size=7, **where)

    def pdf(self, title: str, made: datetime) -> bytes:
        """All sheets."""
        out = io.BytesIO()
        about = {"Title": title, "Creator": "Crunchtime", "CreationDate": made}
        with rc_context(SETTINGS), PdfPages(out, metadata=about) as pages:
            for sheet in self._sheets:
                pages.savefig(sheet)
        return out.getvalue()

    def png(self, place: int, dots: int) -> bytes:
        """One sheet as a picture, `dots` to the inch."""
        out = io.BytesIO()
        with rc_context(SETTINGS):
            self._sheets[place].savefig(out, format="png", dpi=dots)
        return out.getvalue()

    @property
    def _top(self) -> Figure:
        return self._sheets[-1]

    def _axes(self, bottom: float, high: float) -> Any:
        axes: Any = self._top.add_axes((LEFT + 0.045, bottom, RIGHT - LEFT - 0.045, high))
        axes.tick_params(labelsize=7, colors=INK)
        axes.yaxis.grid(visible=True, color="#e6e6e6", linewidth=0.6)
        axes.set_axisbelow(True)
        return axes


def _look(face: str, hatch: str) -> dict[str, Any]:
    return {"color": face, "hatch": hatch, "edgecolor": INK, "linewidth": 0.6}


def _above(axes: Any, x: float, y: float, text: str, size: float = 7) -> None:
    axes.annotate(text, (x, y), (0, 2), textcoords="offset points", ha="center", size=size)


def _finish(axes: Any, names: Sequence[str], highest: float, unit: str) -> None:
    axes.set_xticks(range(len(names)), names)
    axes.set_xlim(-0.5, max(len(names), 1) - 0.5)
    axes.set_ylim(0, highest * 1.18 or 1)
    if not highest:
        axes.set_yticks([0])
    axes.set_ylabel(unit, size=7.5)
    parts = len(axes.get_legend_handles_labels()[0])
    if parts:
        where = {"loc": "lower right", "bbox_to_anchor": (1.0, 0.99)}
        axes.legend(ncols=parts, frameon=False, fontsize=7, handlelength=2.6, **where)
