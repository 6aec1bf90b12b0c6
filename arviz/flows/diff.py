"""Journey: two product files are compared: structure, sizes, materials, variants, names, bytes, and how they look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from hashlib import sha256
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from arviz.check.figures import figures
from arviz.core.asset import Asset
from arviz.core.compare import differences
from arviz.core.errors import BackendError, DependencyError
from arviz.core.frozen import Array
from arviz.core.graph import triangle_count
from arviz.core.image import Image
from arviz.core.material import Material, TextureInfo
from arviz.core.parts import unique
from arviz.core.report import Finding
from arviz.flows.optimise.gate import VARIANT_VIEWS, Gate
from arviz.flows.outputs import PICTURES, picture_bytes, refuse_existing, refuse_other_formats, write_files
from arviz.formats.read import read
from arviz.ops.anchors import placed_anchors
from arviz.render.renderer import RENDERERS

SCHEMA = "arviz.diff/1"
_COUNTS = ("triangles", "vertices", "draw_calls", "nodes", "meshes", "uv_sets", "geometry_bytes", "image_bytes", "texture_memory_bytes")
_MOVED_MM = 0.01
"""Less is rounding."""
_TIMES = 8
"""By which differences of colours are shown."""


def diff(
    first: str | PathLike[str],
    second: str | PathLike[str],
    *,
    out: str | PathLike[str] | None = None,
    pictures: bool = True,
    unit: str | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Compare two product files; return what differs as JSON-ready data.

    Parameters
    ----------
    first, second : path
        The original, and what was made of it; of any format that `arviz.read` takes.
    out : path, optional
        Also write a picture: views of the original, of the other, and how they differ, times 8.
    pictures : bool
        Compare how they look (`arviz.flows.optimise.gate`); False is quicker.
    unit : str, optional
        Of files without one.
    force : bool
        Replace what exists.

    Raises
    ------
    InputError
        A file cannot be read; the output exists or cannot be written.
    MeshError
        ``E_NOTHING_DRAWN``: a picture is asked for, and the original shows nothing.
    """
    target = None if out is None else Path(fspath(out))
    if target is not None:
        refuse_other_formats(target, tuple(PICTURES))
        refuse_existing([target], force=force)
    a, b = _read(first, unit), _read(second, unit)
    measured_a, measured_b = figures(a), figures(b)
    looks, sheet, findings = _looks(a, b, drawn=target is not None) if pictures or target is not None else (None, None, [])
    if target is not None and sheet is not None:
        write_files({target: picture_bytes(Image(pixels=sheet), target)})
    told = {
        "schema": SCHEMA,
        "first": _file(a, first),
        "second": _file(b, second),
        "identical": not differences(a, b, most=1),
        "size_mm": _sizes(a, b, measured_a, measured_b),
        "counts": {name: [measured_a[name], measured_b[name]] for name in _COUNTS},
        "parts": _parts(measured_a["parts"], measured_b["parts"]),
        "names": _listed([node.name for node in a.nodes if node.name], [node.name for node in b.nodes if node.name]),
        "materials": _materials(a, b),
        "variants": _listed(a.variants, b.variants),
        "extensions": _listed(measured_a["extensions"], measured_b["extensions"]),
        "animations": _listed(measured_a["animations"], measured_b["animations"]),
        "joints": _listed([joint.id for joint in a.joints], [joint.id for joint in b.joints]),
        "slots": _listed([slot.id for slot in a.slots], [slot.id for slot in b.slots]),
        "anchors": _anchors(a, b),
        "pictures": looks,
        "files": {} if target is None or sheet is None else {"picture": str(target)},
        "findings": [finding.to_json() for finding in (*_unknown_units(a, b), *findings)],
    }
    return {**told, "kept": _kept(told)}


def _read(path: str | PathLike[str], unit: str | None) -> Asset:
    asset = read(path)
    return asset if unit is None or asset.unit_known else read(path, unit=unit)


def _file(asset: Asset, path: str | PathLike[str]) -> dict[str, Any]:
    assert asset.source is not None
    return {"file": fspath(path), "format": asset.source.format, "bytes": asset.source.bytes, "sha256": asset.source.sha256}


def _unknown_units(*assets: Asset) -> Iterator[Finding]:
    """Yield what is said of files without a unit: their places and pictures are compared as if it were the metre."""
    for asset in assets:
        if not asset.unit_known and asset.source is not None:
            message = "the file does not say its unit: it is compared as if it were in metres, and sizes are not compared"
            yield Finding(code="W_UNIT_UNKNOWN", severity="warning", where=asset.source.name, message=message, hint="Give --unit.")


def _listed(a: Iterable[str], b: Iterable[str]) -> dict[str, list[str]]:
    """Return what is in one list alone, in its order."""
    a, b = list(a), list(b)
    return {
        "missing": [name for name in dict.fromkeys(a) if name not in set(b)],
        "new": [name for name in dict.fromkeys(b) if name not in set(a)],
    }


def _sizes(a: Asset, b: Asset, measured_a: Mapping[str, Any], measured_b: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return both sizes and how far the middle of the base has moved; None where a unit is not known or nothing is drawn."""
    if not (a.unit_known and b.unit_known and measured_a["bounds"] and measured_b["bounds"]):
        return None
    boxes = np.array([measured_a["bounds"], measured_b["bounds"]]) * 1000
    sizes = boxes[:, 1] - boxes[:, 0]
    base = np.stack([boxes[:, :, 0].mean(1), boxes[:, 0, 1], boxes[:, :, 2].mean(1)], axis=1)
    sides = {side: [round(float(value), 3) for value in sizes[:, axis]] for side, axis in (("width", 0), ("depth", 2), ("height", 1))}
    return {**sides, "moved": round(float(np.linalg.norm(base[1] - base[0])), 3)}


def _parts(a: Sequence[Mapping[str, Any]], b: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return which parts are missing, new, or have other triangles or another place."""
    theirs = {part["id"]: part for part in b}
    changed = []
    for part in a:
        other = theirs.get(part["id"])
        if other is None:
            continue
        moved = (
            0.0 if not (part["bounds"] and other["bounds"]) else float(np.abs(np.subtract(part["bounds"], other["bounds"])).max()) * 1000
        )
        if part["triangles"] != other["triangles"] or moved > _MOVED_MM:
            changed.append({"id": part["id"], "triangles": [part["triangles"], other["triangles"]], "moved_mm": round(moved, 3)})
    return {**_listed([str(part["id"]) for part in a], [str(part["id"]) for part in b]), "changed": changed}


def _materials(a: Asset, b: Asset) -> dict[str, Any]:
    """Return which materials are missing or new by their names, and what about the others has changed."""
    ours, theirs = (dict(zip(unique(m.name for m in asset.materials), asset.materials, strict=True)) for asset in (a, b))
    changed = []
    for name in ours.keys() & theirs.keys():
        before, after = _described(ours[name], a), _described(theirs[name], b)
        if properties := sorted(key for key in {*before, *after} if before.get(key) != after.get(key)):
            changed.append({"name": name, "changed": properties})
    return {**_listed(ours, theirs), "changed": sorted(changed, key=lambda row: str(row["name"]))}


def _described(material: Material, asset: Asset) -> dict[str, Any]:
    """Return a material with its pictures in the place of their indices."""
    out: dict[str, Any] = {}
    for field in fields(material):
        value = getattr(material, field.name)
        if field.name == "extensions":
            out |= {name: _with_pictures(extension, asset) for name, extension in value.items()}
        elif isinstance(value, TextureInfo):
            out[field.name] = (_picture(value.texture, asset), value.texcoord, value.scale, value.extensions)
        else:
            out[field.name] = value
    return out


def _with_pictures(value: Any, asset: Asset) -> Any:
    if not isinstance(value, Mapping):
        return value
    out = {key: _with_pictures(child, asset) for key, child in value.items()}
    return {**out, "index": _picture(value["index"], asset)} if isinstance(value.get("index"), int) else out


def _picture(texture: int, asset: Asset) -> str:
    candidates = asset.textures[texture].image_candidates if texture < len(asset.textures) else ()
    data = next((asset.images[index].data for index in candidates if index < len(asset.images)), None)
    return "" if data is None else sha256(data).hexdigest()


def _anchors(a: Asset, b: Asset) -> dict[str, Any]:
    ours = {placed.anchor.node_name: placed for placed in placed_anchors(a)}
    theirs = {placed.anchor.node_name: placed for placed in placed_anchors(b)}
    moved = []
    for name in ours.keys() & theirs.keys():
        distance = float(np.linalg.norm(np.subtract(ours[name].point_m, theirs[name].point_m))) * 1000
        if distance > _MOVED_MM:
            moved.append({"name": name, "moved_mm": round(distance, 3)})
    return {**_listed(ours, theirs), "changed": sorted(moved, key=lambda row: str(row["name"]))}


def _kept(told: Mapping[str, Any]) -> bool:
    """Return whether nothing that has a name is missing in the second file."""
    return not any(told[key]["missing"] for key in ("parts", "names", "materials", "variants", "animations", "joints", "slots", "anchors"))


def _looks(a: Asset, b: Asset, *, drawn: bool) -> tuple[dict[str, Any] | None, Array | None, list[Finding]]:
    """Return what the picture gate says, a sheet of pictures if it is wanted, and what kept them from being drawn."""
    if triangle_count(a) == 0 and not drawn:
        return None, None, []
    try:
        with RENDERERS.get("gl")() as renderer:
            gate = Gate(a, renderer, default_only=not set(a.variants) <= set(b.variants))
            quality = gate.measure(b)
            sheet = np.concatenate([_row(*gate.pair(b, view=view)) for view in VARIANT_VIEWS]) if drawn else None
    except (BackendError, DependencyError) as error:
        finding = Finding(code="W_NO_PICTURES", severity="warning", message=str(error), hint=error.hint or "")
        return None, None, [finding]
    return quality.to_json(), sheet, []


def _row(first: Array, second: Array) -> Array:
    """Return two pictures and their difference side by side; white is no difference."""
    apart = 255 - np.minimum(np.abs(first.astype(np.int16) - second) * _TIMES, 255)
    return np.concatenate([first, second, apart.astype(np.uint8)], axis=1)
