"""What a notebook shows: a product, a room and what was made of them as a picture with its numbers, in HTML.

Words come from files of strangers, so all of them are escaped. Nothing is fetched: pictures stand inside the page. A view never
fails: where no picture can be drawn, it says why.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import degrees
from pathlib import Path
from typing import TYPE_CHECKING

from arviz.core.asset import Asset
from arviz.core.errors import ArvizError
from arviz.core.graph import size, triangle_count
from arviz.core.image import Image, encode
from arviz.core.placement import Arrangement, Placement
from arviz.core.report import Finding
from arviz.core.room import Room
from arviz.core.units import format_mm

if TYPE_CHECKING:
    from arviz.flows.convert import Conversion
    from arviz.flows.place import Placed
    from arviz.flows.room import MeasuredRoom
    from arviz.flows.thumbnail import Thumbnail
    from arviz.flows.try_on import TriedOn
    from arviz.flows.turntable import Turntable

_WIDTH_PX, _HEIGHT_PX = 512, 384
_QUALITY = 85
_MOST_WIDE_PX = 720
_MOST_ROWS = 40
_MEDIA = {
    ".webp": "image/webp", ".gif": "image/gif", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
    ".mp4": "video/mp4", ".webm": "video/webm",
}  # fmt: skip
_MOST_BYTES = 16 * 2**20
"""A notebook that holds more is slow to open."""


def product_view(asset: Asset) -> str:
    """Return a product's picture, its size, and what it is made of."""
    from arviz.flows.render import render

    def drawn() -> str:
        return _image(render(asset, width=_WIDTH_PX, height=_HEIGHT_PX))

    sides = size(asset)
    rows = []
    if sides is not None:
        x, y, z = sides
        said = f"{x:.5g} x {z:.5g} x {y:.5g} file units; nobody has said how long one is"
        rows.append(("width x depth x height", format_mm(sides) if asset.unit_known else said))
    rows.append(("triangles", f"{triangle_count(asset):,}"))
    for name, words in (("materials", [each.name for each in asset.materials]), ("variants", asset.variants)):
        if any(words):
            rows.append((name, ", ".join(filter(None, words))))
    findings = () if asset.source is None else asset.source.findings
    return _view("" if asset.source is None else asset.source.name, _tried(drawn), rows, findings)


def room_view(room: Room) -> str:
    """Return a room's floor plan, its lengths with their uncertainty, and its planes."""
    from arviz.vision.room.dimensions import dimensions

    rows = [("scale", "unknown" if room.scale is None else f"{room.scale.source}, all lengths +- {room.scale.sigma:.1%}")]
    rows += [(name, str(length)) for name, length in dimensions(room).items()]
    unit = "" if room.scale is None else " m2"
    for number, plane in enumerate(room.planes):
        rows.append(
            (f"{number} {plane.kind}", f"{plane.area_m2:.2f}{unit} {plane.extent}, confidence {plane.confidence:.0%}, {plane.source}")
        )
    return _view("Room", _tried(lambda: _plan(room, None)), rows, room.findings)


def measured_view(measured: MeasuredRoom) -> str:
    """Return the room of a measurement, and the lengths that were asked for."""
    rows = [(f"length {number}", "no plane there" if one is None else str(one)) for number, one in enumerate(measured.lengths)]
    return room_view(measured.room) + (_table(rows) if rows else "")


def placement_view(placement: Placement) -> str:
    """Return where a product stands, and what is around it, as a table."""
    x, _, z = placement.world_from_asset[:3, 3]
    title = f"{placement.product}: x {x:.2f} m, z {z:.2f} m, yaw {degrees(placement.yaw_rad):.0f} deg, {placement.outcome}"
    return _view(title, "", _placement_rows(placement))


def arrangement_view(arrangement: Arrangement) -> str:
    """Return the tables of all products of an arrangement, and the rules of the whole room."""
    rules = [(rule.rule, f"{rule.outcome}: {rule.found}, needed {rule.needed_m * 1000:.0f} mm") for rule in arrangement.rules]
    return "".join(map(placement_view, arrangement.placements)) + (_table(rules) if rules else "")


def placed_view(placed: Placed) -> str:
    """Return the furnished photo, or the plan where there is no photo, and what is around the products."""
    best = placed.arrangement
    if best is None:
        return _view("Nothing fits", _tried(lambda: _plan(placed.site.room, placed)), [("why", placed.why_not)], placed.findings)
    shown = _image(placed.image) if placed.image is not None else _tried(lambda: _plan(placed.site.room, placed))
    return _view(placed.outcome, shown, (), placed.findings) + arrangement_view(best)


def tried_view(tried: TriedOn) -> str:
    """Return the picture with the recipe on, and what was measured on each face."""
    rows = [(f"face {number}", line.strip()) for number, face in enumerate(tried.faces, 1) for line in face.words()]
    return _view(tried.recipe.title or tried.recipe.id, _image(tried.image), rows, tried.findings)


def conversion_view(conversion: Conversion) -> str:
    """Return a converted product's poster, its size, files and findings."""
    report = conversion.report
    rows = [(name, f"{path} ({path.stat().st_size:,} bytes)") for name, path in conversion.files.items() if path.exists()]
    if report.get("size_mm"):
        rows.insert(
            0, ("width x depth x height", " x ".join(f"{report['size_mm'][side]:,.0f}" for side in ("width", "depth", "height")) + " mm")
        )
    findings = (f"{one['severity']} {one['code']}: {one['message']}" for one in report.get("findings", ()))
    title = f"{conversion.name}: {'ok' if conversion.ok else 'failed'}"
    return _view(title, _file(conversion.files["poster"]) if "poster" in conversion.files else "", rows) + _list(findings)


def file_view(made: Turntable | Thumbnail) -> str:
    """Return a clip or a picture that was written, as it plays."""
    return _view(f"{made.file} ({made.bytes:,} bytes)", _file(made.file), (), made.findings)


def _plan(room: Room, placed: Placed | None) -> str:
    from arviz.flows.plan import plan
    from arviz.place.floor.site_of import site_of
    from arviz.place.rules import read_rules

    site = site_of(room, rules=read_rules(None)) if placed is None else placed.site
    best = None if placed is None else placed.arrangement
    nothing = Arrangement(placements=(), score=0.0)
    drawn = plan(site, placed.furniture, best) if placed is not None and best is not None else plan(site, (), nothing)
    return _data(drawn.svg(title="Floor plan").encode(), "image/svg+xml")


def _placement_rows(placement: Placement) -> list[tuple[str, str]]:
    rows = [("why here", ", ".join(placement.reasons))] if placement.reasons else []
    rows += [(f"{one.side} to {one.to}", str(one.length)) for one in placement.clearances]
    rows += [("blocks", thing) for thing in placement.blocked]
    rows += [(rule.rule, f"{rule.outcome}: {rule.found}, needed {rule.needed_m * 1000:.0f} mm") for rule in placement.rules]
    return rows


def _tried(draw: Callable[[], str]) -> str:
    """Return a picture, or why there is none."""
    try:
        return draw()
    except ArvizError as error:
        return f"<p>No picture: {escape(str(error))}. {escape(error.hint or '')}</p>"


def _view(title: str, picture: str, rows: Sequence[tuple[str, str]], findings: Iterable[Finding] = ()) -> str:
    head = f"<b>{escape(title)}</b>" if title else ""
    told = (f"{one.severity} {one.code}: {one.message}{'. ' + one.hint if one.hint else ''}" for one in findings)
    return f"<div>{head}{picture}{_table(rows)}</div>{_list(told)}"


def _table(rows: Sequence[tuple[str, str]]) -> str:
    shown = rows if len(rows) <= _MOST_ROWS else [*rows[:_MOST_ROWS], ("...", f"{len(rows) - _MOST_ROWS} more")]
    body = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in shown)
    return f"<table>{body}</table>" if rows else ""


def _list(lines: Iterable[str]) -> str:
    body = "".join(f"<li>{escape(line)}</li>" for line in dict.fromkeys(lines))  # one for each of many windows says no more
    return f"<ul>{body}</ul>" if body else ""


def _image(image: Image) -> str:
    return _data(encode(image, "WEBP", quality=_QUALITY, quick=True), "image/webp")


def _file(path: Path) -> str:
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return ""
    return _data(path.read_bytes(), _MEDIA.get(path.suffix.lower(), "application/octet-stream"))


def _data(content: bytes, media: str) -> str:
    source = f"data:{media};base64,{b64encode(content).decode('ascii')}"
    style = f"display: block; width: auto; max-width: min(100%, {_MOST_WIDE_PX}px)"
    if media.startswith("video/"):
        return f'<video src="{source}" style="{style}" autoplay loop muted controls></video>'
    return f'<img src="{source}" style="{style}" alt="">'
