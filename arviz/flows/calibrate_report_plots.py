"""Plots of the calibration's page, inline SVG without scripts or fonts of their own."""

from __future__ import annotations

from html import escape
from itertools import pairwise

import numpy as np

from arviz.core.frozen import Array
from arviz.flows.calibrate import Calibration

_WIDTH = 420.0
_PAD = 46.0
_OUTLIER = 4.0
"""Corners beyond this many standard deviations are ringed; Gaussian noise has one of 3,000."""
_STROKE_PX = 26.0
"""Length of a stroke of three standard deviations in a small plot."""
_GOOD_PX, _BAD_PX = 0.05, 10.0
"""Ends of the map's colours, in steps of a logarithm: the same in every report, so that two can be compared."""
_SHARES = (0.0, 0.35, 0.65, 1.0)
_COLOURS = ((242, 247, 240), (173, 211, 178), (240, 190, 100), (176, 42, 48))
"""Green, amber, red; the numbers stand on the map too."""


def coverage_plot(result: Calibration) -> str:
    """Return the corners of all views in the picture's frame."""
    camera, views = result.camera, result.fit.views
    scale = _WIDTH / camera.width_px
    height = camera.height_px * scale
    dots = "".join(_circle(x * scale, y * scale, 2.2, "dot") for view in views for x, y in view.points_px)
    count = sum(len(view.ids) for view in views)
    return _figure(_frame(_WIDTH, height) + dots, _WIDTH, height, f"{count} corners of {len(views)} pictures", "corners seen")


def uncertainty_map(result: Calibration) -> str:
    """Return the projection uncertainty over the picture, with its numbers."""
    told = result.report["projection_sigma_px"]
    values = np.array([[np.nan if v is None else v for v in row] for row in told["grid"]])
    camera = result.camera
    height = _WIDTH * camera.height_px / camera.width_px
    rows, columns = values.shape
    top = float(np.nanmax(values)) if np.isfinite(values).any() else 1.0
    w, h = _WIDTH / columns, height / rows
    cells = "".join(
        f'<rect x="{c * w:.1f}" y="{r * h:.1f}" width="{w + 0.4:.1f}" height="{h + 0.4:.1f}" fill="{_colour(values[r, c])}"/>'
        for r in range(rows)
        for c in range(columns)
    )
    at = [(r, c) for r in _places(rows) for c in _places(columns)]
    words = "".join(
        f'<text class="number" x="{(c + 0.5) * w:.1f}" y="{(r + 0.5) * h + 5:.1f}" text-anchor="middle">'
        f"{'?' if np.isnan(values[r, c]) else _short(values[r, c])}</text>"
        for r, c in at
    )
    caption = f"median {told['median']:.2f} px, worst {top:.2f} px; green: {_GOOD_PX:g} px or less, red: {_BAD_PX:g} px or more"
    return _figure(cells + words + _frame(_WIDTH, height), _WIDTH, height, caption, "projection uncertainty")


def residual_cloud(result: Calibration) -> str:
    """Return all residuals as a cloud with rings of one and three standard deviations."""
    residuals, sigma = np.concatenate(result.fit.solution.residuals_px), result.fit.known.noise_px
    reach = max(4 * sigma, float(np.abs(residuals).max()) * 1.05)
    side, middle = _WIDTH, _WIDTH / 2
    scale = middle / reach
    out = f'<path class="grid" d="M0 {middle}H{side}M{middle} 0V{side}"/>'
    out += "".join(_circle(middle + x * scale, middle + y * scale, 1.6, "dot") for x, y in residuals)
    out += "".join(_circle(middle, middle, count * sigma * scale, "ring") for count in (1, 3))
    out += _outliers(middle + residuals * scale, residuals, sigma) + _frame(side, side)
    far = int((np.linalg.norm(residuals, axis=1) > _OUTLIER * sigma).sum())
    return _figure(
        out, side, side, f"x and y in pixels, one corner scatters by {sigma:.3f} px; {far} beyond {_OUTLIER:g} sigma", "residuals"
    )


def angle_plots(result: Calibration) -> str:
    """Return residual lengths over the polar and the azimuth angle of their directions."""
    solution, k = result.fit.solution, result.camera.k
    points = np.concatenate([view.points_px for view in result.fit.views])
    lengths = np.linalg.norm(np.concatenate(solution.residuals_px), axis=1)
    at = (points - k[:2, 2]) / k[[0, 1], [0, 1]]
    polar, azimuth = np.degrees(np.arctan(np.linalg.norm(at, axis=1))), np.degrees(np.arctan2(at[:, 1], at[:, 0]))
    top = float(np.ceil(polar.max() / 5) * 5)
    sigma = result.fit.known.noise_px
    return _scatter(polar, lengths, sigma, (0, top), "polar angle, degrees") + _scatter(
        azimuth, lengths, sigma, (-180, 180), "azimuth, degrees"
    )


def _scatter(angles: Array, lengths: Array, sigma: float, ends: tuple[float, float], title: str) -> str:
    height, top = 250.0, max(float(lengths.max()) * 1.05, 4 * sigma)
    x = _PAD + (angles - ends[0]) / (ends[1] - ends[0]) * (_WIDTH - _PAD - 6)
    y = height - _PAD - lengths / top * (height - _PAD - 6)
    out = _axes(ends, top, height) + "".join(_circle(a, b, 1.6, "dot") for a, b in zip(x, y, strict=True))
    # The running root mean square: it should be level.
    edges = np.linspace(*ends, 13)
    steps = []
    for low, high in pairwise(edges):
        inside = (angles >= low) & (angles <= high)
        if inside.sum() >= 5:
            level = height - _PAD - float(np.sqrt((lengths[inside] ** 2).mean())) / top * (height - _PAD - 6)
            left, right = (_PAD + (end - ends[0]) / (ends[1] - ends[0]) * (_WIDTH - _PAD - 6) for end in (low, high))
            steps.append(f"M{left:.1f} {level:.1f}H{right:.1f}")
    out += f'<path d="{"".join(steps)}" fill="none" stroke="var(--bad)" stroke-width="2.5"/>'
    return _figure(out, _WIDTH, height, f"residual in pixels over the {title}; red: root mean square", title)


def _axes(ends: tuple[float, float], top: float, height: float) -> str:
    out = f'<path class="frame" d="M{_PAD} 6V{height - _PAD}H{_WIDTH - 6}"/>'
    for share in (0.0, 0.5, 1.0):
        x = _PAD + share * (_WIDTH - _PAD - 6)
        anchor = ("start", "middle", "end")[round(share * 2)]
        out += f'<text x="{x:.1f}" y="{height - _PAD + 22}" text-anchor="{anchor}">{ends[0] + share * (ends[1] - ends[0]):g}</text>'
        y = height - _PAD - share * (height - _PAD - 6)
        level = _short(share * top) if share else "0"
        out += f'<text x="{_PAD - 4}" y="{min(max(y + 5, 14), height - _PAD):.1f}" text-anchor="end">{level}</text>'
    return out


def view_vectors(result: Calibration) -> str:
    """Return one small figure per view: strokes of its residuals in the picture's frame."""
    camera, sigma = result.camera, result.fit.known.noise_px
    width = 300.0
    scale, height = width / camera.width_px, width * camera.height_px / camera.width_px
    gain = _STROKE_PX / (3 * sigma)
    figures = []
    for view, residuals, told in zip(result.fit.views, result.fit.solution.residuals_px, result.report["views"]["kept"], strict=True):
        start = (view.points_px - residuals) * scale
        strokes = "".join(f"M{x:.1f} {y:.1f}l{dx:.1f} {dy:.1f}" for (x, y), (dx, dy) in zip(start, residuals * gain, strict=True))
        body = f'<path class="vector" d="{strokes}"/>' + _outliers(start, residuals, sigma) + _frame(width, height)
        figures.append(_figure(body, width, height, f"{view.name}: {told['rms_px']:.3f} px", "residuals of one picture"))
    return "".join(figures) + f'<p class="soft">A stroke as long as {_STROKE_PX / width:.0%} of a picture is {3 * sigma:.2f} px.</p>'


def _outliers(at: Array, residuals: Array, sigma: float) -> str:
    far = np.linalg.norm(residuals, axis=1) > _OUTLIER * sigma
    return "".join(_circle(x, y, 6, "out") for x, y in at[far])


def _figure(body: str, width: float, height: float, caption: str, label: str) -> str:
    svg = f'<svg viewBox="0 0 {width:g} {height:.1f}" role="img" aria-label="{escape(label)}">{body}</svg>'
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _frame(width: float, height: float) -> str:
    return f'<rect class="frame" x=".5" y=".5" width="{width - 1:.1f}" height="{height - 1:.1f}"/>'


def _circle(x: float, y: float, radius: float, kind: str) -> str:
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>'


def _places(count: int) -> tuple[int, int, int]:
    return 1, count // 2, count - 2


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _colour(sigma_px: float) -> str:
    if not np.isfinite(sigma_px):
        return "#bbb"
    share = np.log(max(sigma_px, 1e-9) / _GOOD_PX) / np.log(_BAD_PX / _GOOD_PX)
    red, green, blue = (round(float(np.interp(share, _SHARES, channel))) for channel in zip(*_COLOURS, strict=True))
    return f"#{red:02x}{green:02x}{blue:02x}"
