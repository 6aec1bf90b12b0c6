"""The dimension drawing of the report: front, side and top outline with arrows and figures, as inline SVG."""

from __future__ import annotations

from arviz.core.asset import Asset
from arviz.flows.report_words import length, word
from arviz.render.silhouette import Outline, silhouettes

_LONGEST = 240.0
"""Longest side of the product in the drawing's own units; type is 15 of them."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 12.0, 10.0, 42.0
_ROOM = 70.0
"""Room for a figure."""
_ARROW = 7.0
_CAPTIONS = {"front": "front_view", "side": "side_view", "top": "top_view"}


def dimension_drawing(asset: Asset) -> str:
    """Return three ``<figure>`` elements with inline SVG, all at one scale; empty if nothing is drawn.

    Every figure stands in mm, cm and in (classes ``mm``, ``cm``, ``in``) and every caption in both languages:
    the style sheet of the page that embeds the drawing shows one of each.
    """
    views = silhouettes(asset)
    if not views:
        return ""
    longest = max(max(view.width_m, view.height_m) for view in views.values())
    scale = _LONGEST / max(longest, 1e-9)
    return "".join(_figure(name, view, scale) for name, view in views.items())


def _figure(name: str, view: Outline, scale: float) -> str:
    width, height = view.width_m * scale, view.height_m * scale
    # A flat or thin product still needs room for its figures, which then stand beside the middle of the arrows.
    full = (_LEFT + max(width, _ROOM) + _RIGHT, _TOP + max(height, _ROOM) + _BOTTOM)
    left, base = _LEFT + max(_ROOM - width, 0) / 2, _TOP + max(height, _ROOM) / 2 + height / 2
    path = "".join(
        "M" + "L".join(f"{left + x * scale:.1f} {base - y * scale:.1f}" for x, y in polygon.tolist()) + "Z" for polygon in view.polygons
    )
    return (
        f'<figure class="view"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full[0]:.0f} {full[1]:.0f}" '
        f'style="width:{full[0] / 16:.2f}rem" role="img">'
        f'<path class="outline" fill-rule="evenodd" d="{path}"/>'
        f"{_across(left, left + width, base + 18, view.width_m)}{_upright(base - height, base, left - 14, view.height_m)}"
        f"</svg><figcaption>{word(_CAPTIONS[name])}</figcaption></figure>"
    )


def _across(start: float, end: float, y: float, metres: float) -> str:
    ticks = f"M{start:.1f} {y - 8:.1f}v14M{end:.1f} {y - 8:.1f}v14"
    heads = f"{_head(start, y, 1, 0)}{_head(end, y, -1, 0)}" if end - start > 3 * _ARROW else ""
    return f'<path class="arrow" d="{ticks}M{start:.1f} {y:.1f}H{end:.1f}{heads}"/>' + _label((start + end) / 2, y + 17, "middle", metres)


def _upright(start: float, end: float, x: float, metres: float) -> str:
    ticks = f"M{x - 6:.1f} {start:.1f}h14M{x - 6:.1f} {end:.1f}h14"
    heads = f"{_head(x, start, 0, 1)}{_head(x, end, 0, -1)}" if end - start > 3 * _ARROW else ""
    # Written along its arrow, read from the right, as on any technical drawing (ISO 129-1).
    label = _label(0, 0, "middle", metres, place=f"translate({x - 9:.1f} {(start + end) / 2:.1f}) rotate(-90)")
    return f'<path class="arrow" d="{ticks}M{x:.1f} {start:.1f}V{end:.1f}{heads}"/>{label}'


def _head(x: float, y: float, dx: int, dy: int) -> str:
    """Return an open arrow head at (x, y) whose line goes on along (dx, dy)."""
    a, b = _ARROW, _ARROW / 2.5
    return f"M{x + dx * a + dy * b:.1f} {y + dy * a + dx * b:.1f}L{x:.1f} {y:.1f}L{x + dx * a - dy * b:.1f} {y + dy * a - dx * b:.1f}"


def _label(x: float, y: float, anchor: str, metres: float, *, place: str = "") -> str:
    at = f'transform="{place}"' if place else f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text {at} text-anchor="{anchor}">{length(metres, tag="tspan")}</text>'
