"""A flat drawing in metres, kept as shapes, that becomes SVG or pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from math import atan2, ceil, degrees, radians
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import Image

_SMOOTH = 3
"""Pixels are drawn this many times finer and averaged."""
_LETTER = 0.56
"""Mean width of a letter or digit of DejaVu Sans and Arial, in sizes of type; wide enough for both."""
_RINGS = [(x, y) for x in np.arange(-4, 4.1, 0.5) for y in np.arange(-4, 4.1, 0.5)]
_STEPS = np.array(sorted(_RINGS, key=lambda step: step[0] ** 2 + step[1] ** 2))
"""How far words move, in sizes of type, the least first."""


@dataclass(frozen=True, slots=True)
class Path:
    """A line or an area; `width` in the sheet's units of type, `dash` the same, 0 for a whole line."""

    points: Array
    closed: bool
    stroke: str
    fill: str
    width: float
    dash: float


@dataclass(frozen=True, slots=True)
class Text:
    """Words at a point; `angle_deg` counter-clockwise on the sheet; `back` is the colour behind them.

    `anchor` is ``middle``, or ``start`` where they begin at the point; those are level, and stay when others are spread.
    """

    at: Array
    words: str
    size: float
    colour: str
    angle_deg: float
    back: str
    anchor: str = "middle"


@dataclass(slots=True)
class Sheet:
    """Shapes over each other, the first at the bottom: x to the right, y down, metres.

    Widths of lines and sizes of type are in units of 1/1000 of the sheet's longer side.
    """

    shapes: list[Path | Text] = field(default_factory=list)

    def path(
        self, points: Any, *, closed: bool = False, stroke: str = "none", fill: str = "none", width: float = 1.5, dash: float = 0.0
    ) -> None:
        """Add a line through (N, 2) points, or an area."""
        rows = np.asarray(points, np.float64)
        if len(rows) >= 2:
            self.shapes.append(Path(rows, closed, stroke, fill, width, dash))

    def text(
        self,
        at: Any,
        words: str,
        *,
        size: float = 16.0,
        colour: str = "#222222",
        angle_deg: float = 0.0,
        back: str = "none",
        anchor: str = "middle",
    ) -> None:
        """Add words, upright for who reads from below or from the right."""
        angle = (angle_deg + 90) % 180 - 90
        self.shapes.append(Text(np.asarray(at, np.float64), words, size, colour, 90.0 if angle == -90 else angle, back, anchor))

    def dimension(self, a: Any, b: Any, words: str, *, colour: str = "#222222", size: float = 15.0, beside: float = 0.0) -> None:
        """Add a dimension line with arrow heads and its length along it (ISO 129-1: read from below or from the right).

        `beside` moves the words off the line, in metres to its left.
        """
        start, end = np.asarray(a, np.float64), np.asarray(b, np.float64)
        along = end - start
        length = float(np.hypot(*along))
        if length <= 0:
            return
        along = along / length
        across = np.array([along[1], -along[0]])
        self.path([start, end], stroke=colour, width=1.2)
        head = min(0.06, length / 3)
        for tip, way in ((start, along), (end, -along)):
            self.path([tip + head * way + head / 3 * across, tip, tip + head * way - head / 3 * across], stroke=colour, width=1.2)
        angle = degrees(atan2(-along[1], along[0]))
        self.text((start + end) / 2 + across * beside, words, size=size, colour=colour, angle_deg=angle, back="#ffffff")

    def bounds(self) -> tuple[Array, Array]:
        """Return the least and largest x and y of everything but words."""
        points = np.concatenate([shape.points for shape in self.shapes if isinstance(shape, Path)] or [np.zeros((1, 2))])
        return points.min(axis=0), points.max(axis=0)

    def spread(self, *, margin_m: float = 0.3) -> None:
        """Move words off each other and into the sheet, the first first, no farther than a few lines."""
        low, unit, size = self._frame(margin_m)
        taken: list[Array] = []
        for place, shape in enumerate(self.shapes):
            if not isinstance(shape, Text):
                continue
            half = shape.size * np.array([_LETTER * len(shape.words), 1.2]) / 2
            turn = radians(shape.angle_deg)
            half = np.abs([[np.cos(turn), np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ half
            inside = (half, np.maximum(np.array(size) - half, half))
            if shape.anchor == "start":
                taken.append(np.stack([(shape.at - low) * unit + np.array([half[0], 0.0]), half]))
                continue
            tries = np.clip((shape.at - low) * unit + shape.size * _STEPS, *inside)
            over = np.array([sum(_shared(at, half, box) for box in taken) for at in tries])
            at = tries[int(np.argmin(over > 0) if (over == 0).any() else np.argmin(over))]
            taken.append(np.stack([at, half]))
            self.shapes[place] = replace(shape, at=at / unit + low)

    def svg(self, *, title: str, margin_m: float = 0.3) -> str:
        """Return the drawing as SVG 1.1, 1000 units long, with a title for screen readers."""
        low, unit, (width, height) = self._frame(margin_m)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
            f'role="img" font-family="sans-serif"><title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>'
        ]
        for shape in self.shapes:
            parts.append(_svg_path(shape, low, unit) if isinstance(shape, Path) else _svg_text(shape, low, unit))
        return "".join(parts) + "</svg>\n"

    def image(self, *, side_px: int = 1600, margin_m: float = 0.3) -> Image:
        """Return the drawing as 8-bit sRGB pixels, its longer side `side_px`."""
        from PIL import Image as PillowImage
        from PIL import ImageDraw

        low, unit, (width, height) = self._frame(margin_m)
        scale = side_px * _SMOOTH / 1000
        canvas = PillowImage.new("RGB", (ceil(width * scale), ceil(height * scale)), "#ffffff")
        draw = ImageDraw.Draw(canvas, "RGBA")
        for shape in self.shapes:
            if isinstance(shape, Path):
                _draw_path(draw, shape, (shape.points - low) * unit * scale, scale)
            else:
                _draw_text(canvas, shape, (shape.at - low) * unit * scale, scale)
        size = (round(width * side_px / 1000), round(height * side_px / 1000))
        return Image(pixels=np.asarray(canvas.resize(size, PillowImage.Resampling.BOX)))

    def _frame(self, margin_m: float) -> tuple[Array, float, tuple[float, float]]:
        """Return the upper left corner in metres, units in a metre, and the size in units."""
        low, high = self.bounds()
        low, high = low - margin_m, high + margin_m
        unit = 1000 / float((high - low).max())
        width, height = ((high - low) * unit).tolist()
        return low, unit, (width, height)


def _shared(at: Array, half: Array, box: Array) -> float:
    """Return the area that a box shares with another, both as middle and half size."""
    return float(np.maximum(half + box[1] - np.abs(at - box[0]), 0).prod())


def arc(middle: Any, radius: float, start_rad: float, end_rad: float) -> Array:
    """Return points (N, 2) of a part of a circle, no more than 4 degrees apart."""
    count = max(2, ceil(abs(end_rad - start_rad) / radians(4)) + 1)
    angles = np.linspace(start_rad, end_rad, count)
    out: Array = np.asarray(middle, np.float64) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return out


def _svg_path(shape: Path, low: Array, unit: float) -> str:
    points = " L".join(f"{x:.1f} {y:.1f}" for x, y in ((shape.points - low) * unit).tolist())
    dash = f' stroke-dasharray="{shape.dash:g}"' if shape.dash else ""
    end = "Z" if shape.closed else ""
    return (
        f'<path d="M{points}{end}" fill="{shape.fill}" stroke="{shape.stroke}" stroke-width="{shape.width:g}" '
        f'stroke-linejoin="round" stroke-linecap="round"{dash}/>'
    )


def _svg_text(shape: Text, low: Array, unit: float) -> str:
    x, y = ((shape.at - low) * unit).tolist()
    halo = f' stroke="{shape.back}" stroke-width="{shape.size / 3:g}" paint-order="stroke" stroke-linejoin="round"'
    turn = f' transform="rotate({-shape.angle_deg:.1f} {x:.1f} {y:.1f})"' if shape.angle_deg else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{shape.size:g}" fill="{shape.colour}" text-anchor="{shape.anchor}" '
        f'dominant-baseline="central"{halo if shape.back != "none" else ""}{turn}>{escape(shape.words)}</text>'
    )


def _draw_path(draw: Any, shape: Path, pixels: Array, scale: float) -> None:
    corners = [tuple(corner) for corner in pixels.tolist()]
    if shape.fill != "none" and len(corners) > 2:
        draw.polygon(corners, fill=shape.fill)
    if shape.stroke == "none":
        return
    line = pixels if not shape.closed else np.concatenate([pixels, pixels[:1]])
    width = max(1, round(shape.width * scale))
    for piece in [line] if not shape.dash else _dashes(line, shape.dash * scale):
        draw.line([tuple(corner) for corner in piece.tolist()], fill=shape.stroke, width=width, joint="curve")


def _dashes(line: Array, dash: float) -> Sequence[Array]:
    """Return the drawn parts of a dashed line, in turn as long as the gaps."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    pieces = []
    for start in np.arange(0.0, along[-1], 2 * dash):
        end = min(start + dash, along[-1])
        within = along[(along > start) & (along < end)]
        at = np.concatenate([[start], within, [end]])
        pieces.append(np.stack([np.interp(at, along, line[:, k]) for k in (0, 1)], axis=1))
    return pieces


def _draw_text(canvas: Any, shape: Text, at: Array, scale: float) -> None:
    from PIL import Image as PillowImage
    from PIL import ImageDraw, ImageFont

    font = ImageFont.load_default(shape.size * scale)
    halo = round(shape.size * scale / 6) if shape.back != "none" else 0
    left, top, right, bottom = font.getbbox(shape.words, stroke_width=halo)
    width, height = ceil(right - left) + 4, ceil(bottom - top) + 4
    words = PillowImage.new("RGBA", (width, height))
    ImageDraw.Draw(words).text(
        (2 - left, 2 - top), shape.words, font=font, fill=shape.colour, stroke_width=halo, stroke_fill=shape.back if halo else None
    )
    turned = words.rotate(shape.angle_deg, expand=True, resample=PillowImage.Resampling.BICUBIC) if shape.angle_deg else words
    left_px = at[0] if shape.anchor == "start" else at[0] - turned.width / 2
    canvas.paste(turned, (round(left_px), round(at[1] - turned.height / 2)), turned)
