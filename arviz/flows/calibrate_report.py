"""The page of a calibration: what it saw, what it left over, how well it knows; one file that loads nothing.

The plots follow Kalibr's report (polar and azimuth residuals, outliers) and mrcal's maps of projection uncertainty.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from arviz.flows.calibrate import Calibration
from arviz.flows.calibrate_report_plots import (
    angle_plots,
    coverage_plot,
    residual_cloud,
    uncertainty_map,
    view_vectors,
)
from arviz.flows.report_words import page

_REASONS = {
    "no_board": "no board",
    "few_corners": "too few corners",
    "other_size": "another size",
    "blurred": "blurred",
    "duplicate": "twice the same",
    "outlier": "does not fit",
}


def calibration_page(result: Calibration) -> bytes:
    """Return the page as UTF-8 HTML."""
    told = result.report
    sections = [
        _findings(told),
        _camera(result),
        _section("Where the board was seen", _coverage_words(), f'<div class="row">{coverage_plot(result)}{uncertainty_map(result)}</div>'),
        _section(
            "What is left over",
            "Seen minus predicted corners, in pixels. A good calibration leaves a round cloud that depends on nothing: neither on the "
            "angle to the middle of the view (polar) nor on the direction (azimuth). Rings stand for one and three standard deviations.",
            f'<div class="row">{residual_cloud(result)}{angle_plots(result)}</div>',
        ),
        _models(told),
        _section(
            "Residuals of each picture",
            "Each stroke starts where a corner is predicted and points to where it is seen, enlarged alike in all pictures. Corners that "
            "miss by more than four standard deviations are ringed. Strokes that turn together tell of a bent board or a moving camera.",
            f'<div class="small">{view_vectors(result)}</div>',
        ),
        _views(told),
    ]
    return page("calibrate_report.html", title="Camera calibration", header=_header(result), sections="\n".join(sections))


def _section(title: str, words: str, body: str) -> str:
    return f"<section><h2>{title}</h2><p>{words}</p>{body}</section>"


def _header(result: Calibration) -> str:
    told, camera = result.report, result.camera
    badge = '<span class="badge warn">▲ see below</span>' if told["findings"] else '<span class="badge pass">✓ good</span>'
    taken = told["taken_with"]
    parts = [taken["make"], taken["model"], taken["lens"]]
    named = escape(" ".join(part for part in parts if part)) or "camera unnamed in the pictures"
    return (
        f'<p class="soft">Camera calibration</p><h1>{named}</h1><p>{badge}</p>'
        f'<p class="soft">{camera.width_px} x {camera.height_px} px, {len(told["views"]["kept"])} pictures of {escape(told["board"])}, '
        f"{escape(told['date'] or 'no date')}</p>"
    )


def _findings(told: Mapping[str, Any]) -> str:
    items = "".join(
        f'<li><b class="warn">▲</b> {escape(f["message"])} <code>{f["code"]}</code><br><span class="soft">{escape(f["hint"])}</span></li>'
        for f in told["findings"]
    )
    return f'<section><h2>What to know</h2><ul class="findings">{items}</ul></section>' if items else ""


def _camera(result: Calibration) -> str:
    values = {**dict(zip(("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6", "s1", "s2", "s3", "s4"), result.camera.distortion, strict=False))}
    k = result.camera.k
    values = {"fx_px": k[0, 0], "fy_px": k[1, 1], "cx_px": k[0, 2], "cy_px": k[1, 2], **values}
    rows = ""
    for name, sigma in result.report["sigma"].items():
        unit, digits = (" px", 2) if name.endswith("_px") else ("", 5)
        rows += (
            f'<tr><th scope="row">{name.removesuffix("_px")}</th>'
            f"<td>{values[name]:.{digits}f}{unit}</td><td>&plusmn; {sigma:.{digits}f}{unit}</td></tr>"
        )
    told = result.report
    halves = "" if told["halves_px"] is None else f" Two cameras, each from half of the pictures, differ by {told['halves_px']:.2f} px."
    words = (
        f"Model {told['model']}. Residual {told['rms_px']:.3f} px; of pictures left out of the solution "
        f"{told['hold_out']['median_px']:.3f} px (median), {told['hold_out']['worst_px']:.3f} px (worst).{halves} "
        "Sigmas are one standard deviation"
        + (f", widened {told['sigma_widened']:.1f} times because the pictures disagree that much." if told["sigma_widened"] > 1.05 else ".")
    )
    head = '<thead><tr><th scope="col">parameter</th><th scope="col">value</th><th scope="col">sigma</th></tr></thead>'
    return _section("The camera", words, f"<table>{head}<tbody>{rows}</tbody></table>")


def _coverage_words() -> str:
    return (
        "Left: every corner used; empty regions are extrapolated. Right: how far off the camera may be at each pixel (one standard "
        "deviation, worst direction), for things far away."
    )


def _models(told: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{"does not settle on these pictures" if value is None else f"{value:.4f} px"}</td>'
        f"<td>{'chosen' if name == told['model'] else ''}</td></tr>"
        for name, value in told["hold_out"]["models_px"].items()
    )
    words = (
        "Residual of pictures that a model has not seen. Of the two plain ones the better is taken, "
        "a richer one only where it is better beyond chance."
    )
    head = '<thead><tr><th scope="col">model</th><th scope="col">unseen pictures</th><th scope="col"></th></tr></thead>'
    return _section("Lens models", words, f"<table>{head}<tbody>{rows}</tbody></table>")


def _views(told: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(view["name"])}</th><td>{view["corners"]}</td><td>{view["rms_px"]:.3f}</td>'
        f"<td>{view['hold_out_px']:.3f}</td><td>{view['tilt_deg']:.0f}&deg;</td><td>{view['distance_m'] * 1000:.0f} mm</td></tr>"
        for view in told["views"]["kept"]
    )
    titles = ("picture", "corners", "residual", "left out", "tilt", "distance")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    body = f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    gone = "".join(
        f'<tr><th scope="row">{escape(row["name"])}</th><td class="warn">{_REASONS[row["reason"]]}</td>'
        f"<td>{escape(row['detail'])}</td></tr>"
        for row in told["views"]["dropped"]
    )
    if gone:
        head = "".join(f'<th scope="col">{title}</th>' for title in ("not used", "why", ""))
        body += f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{gone}</tbody></table></div>'
    corners = told["views"]["corners_dropped"]
    words = "Residuals in pixels." + (f" {corners} single corners that miss by far were left out." if corners else "")
    return _section("Pictures", words, body)
