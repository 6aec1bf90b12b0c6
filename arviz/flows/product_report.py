"""``report.json``: everything that others need to know of a converted product; they read only this."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from arviz.check.size import Listed
from arviz.core.asset import Asset
from arviz.core.graph import bounds, drawn, world_matrices
from arviz.core.image import measure
from arviz.core.parts import anchor_to_json, joint_to_json, slot_to_json
from arviz.core.report import Report
from arviz.core.units import UnitGuess
from arviz.flows.inspect import size_mm
from arviz.flows.tiers import Output

SCHEMA = "arviz.report/1"
_CONTACT_M = 0.001
"""Height above the lowest point up to which a vertex counts as standing on the floor."""


def product_report(
    asset: Asset,
    *,
    name: str,
    measured: Mapping[str, Any],
    outputs: Sequence[Output],
    poster: bytes | None,
    report: Report,
    guess: UnitGuess | None,
    listed_m: Listed | None,
) -> dict[str, Any]:
    """Return the content of ``report.json`` (documented in docs/reference/report.md)."""
    assert asset.source is not None
    width, height = measure(poster) if poster is not None else (0, 0)
    return {
        "schema": SCHEMA,
        "name": name,
        "ok": report.ok,
        "source": {
            "file": asset.source.name,
            "format": asset.source.format,
            "bytes": asset.source.bytes,
            "sha256": asset.source.sha256,
            "beside": dict(asset.source.beside),
            "up": asset.source.up,
            "front": asset.source.front,
        },
        "unit": _unit(asset, guess),
        "size_mm": size_mm(measured),
        "listed_mm": _listed(listed_m),
        "front": "+Z",
        "floor_contact_m": _floor_contact(asset),
        "outputs": [output.facts for output in outputs],
        "poster": None if poster is None else {"uri": "poster.webp", "bytes": len(poster), "width_px": width, "height_px": height},
        "variants": measured["variants"],
        "parts": [{("bounds_m" if key == "bounds" else key): value for key, value in part.items()} for part in measured["parts"]],
        "anchors": _anchors(asset),
        "joints": [joint_to_json(joint) for joint in asset.joints],
        "slots": [slot_to_json(slot) for slot in asset.slots],
        "profiles": [verdict for output in outputs for verdict in output.verdicts],
        "findings": [finding.to_json() for finding in report.findings],
    }


def to_json_bytes(content: dict[str, Any]) -> bytes:
    """Encode as UTF-8 JSON that a person can read too."""
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8", "replace")


def _unit(asset: Asset, guess: UnitGuess | None) -> dict[str, Any]:
    assert asset.source is not None
    out: dict[str, Any] = {"unit": asset.source.unit, "source": asset.source.unit_source, "confidence": 1.0, "alternatives": []}
    if guess is not None:
        alternatives = [{"unit": unit, "confidence": confidence} for unit, confidence in guess.alternatives]
        out |= {"confidence": guess.confidence, "error_percent": guess.error_percent, "alternatives": alternatives}
    return out


def _listed(listed_m: Listed | None) -> dict[str, float | None] | None:
    if listed_m is None:
        return None
    x, y, z = (None if value is None else round(value * 1000, 6) for value in listed_m)
    return {"width": x, "depth": z, "height": y}


def _floor_contact(asset: Asset) -> list[list[float]] | None:
    """Return the (x, z) bounds of what touches the floor, metres."""
    box = bounds(asset)
    if box is None:
        return None
    top = box[0, 1] + _CONTACT_M
    low = np.concatenate([points[points[:, 1] <= top] for points in (piece.used_positions for piece in drawn(asset))])
    return [low[:, [0, 2]].min(0).tolist(), low[:, [0, 2]].max(0).tolist()]


def _anchors(asset: Asset) -> list[dict[str, Any]]:
    world = world_matrices(asset)
    return [
        {**anchor_to_json(node.anchor), "node": index, "point_m": world[index][:3, 3].tolist()}
        for index, node in enumerate(asset.nodes)
        if node.anchor is not None and index in world
    ]
