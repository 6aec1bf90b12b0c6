"""The middle of the `convert` journey: an Asset as read becomes the lossless master, true to size.

unit -> mend -> pivot -> weld -> normals -> check
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from arviz.check.size import Listed, check_size
from arviz.core.asset import Asset
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding, Report
from arviz.flows.targets import Delivery
from arviz.ops.drop_textures import broken_images, drop_textures
from arviz.ops.normals import CREASE_ANGLE_RAD, add_normals
from arviz.ops.pivot import pivot
from arviz.ops.weld import weld


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `convert` is told about every file."""

    unit: str | None = None
    listed_m: Listed | None = None
    up: str | None = None
    front: str | None = None
    trust: Literal["own", "untrusted"] = "own"
    limits: Limits = DEFAULT_LIMITS
    delivery: Delivery = field(default_factory=Delivery)


def prepare(asset: Asset, options: Options) -> tuple[Asset, Report]:
    """Take an Asset in metres to its lossless master, and report what was changed and what is wrong."""
    assert asset.source is not None
    is_gltf = asset.source.format == "gltf"
    findings = list(asset.source.findings)
    broken = broken_images(asset, limits=options.limits)
    known = {finding.code for finding in findings}
    findings += [finding for finding in broken.values() if finding.code not in known or finding.code == "W_TEXTURE_BROKEN"]
    asset = drop_textures(asset, broken)
    moved = pivot(asset)
    if moved is not asset:
        findings.append(_info("I_PIVOT_MOVED", "the pivot was moved to the middle of the base"))
    asset = moved if is_gltf else weld(moved)
    # glTF says that a surface without normals is flat; other formats leave it to whoever shows them.
    crease = 0.0 if is_gltf else CREASE_ANGLE_RAD
    shaded = add_normals(asset, crease_angle_rad=crease)
    if shaded is not asset:
        how = "flat, as glTF demands" if is_gltf else "smooth up to a crease of 40 degrees"
        findings.append(_info("I_NORMALS_ADDED", f"missing normals were computed, {how}"))
    listed = options.listed_m
    if listed is not None and all(value is not None for value in listed):
        shaded = replace(shaded, declared_size_m=tuple(value for value in listed if value is not None))
    return shaded, Report(findings=tuple(findings)) + check_size(shaded, listed_m=listed)


def _info(code: str, message: str) -> Finding:
    return Finding(code=code, severity="info", message=message)
