"""The stage of a package: metadata, hierarchy, meshes, looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from arviz.core.asset import Asset
from arviz.core.graph import world_matrices
from arviz.core.report import Finding
from arviz.formats.usdz.animation import TIME_CODES_PER_SECOND, node_tracks
from arviz.formats.usdz.custom import annotate_joint, annotate_root
from arviz.formats.usdz.hierarchy import Hierarchy
from arviz.formats.usdz.looks import author_looks
from arviz.formats.usdz.losses import asset_losses
from arviz.formats.usdz.names import words
from arviz.formats.usdz.pictures import Pictures

ROOT, MATERIALS = "/Root", "/Root/Materials"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Built:
    """A finished stage and what it holds."""

    stage: Any
    findings: tuple[Finding, ...]
    variants: tuple[tuple[str, str], ...]
    selected: str
    meshes: int
    triangles: int
    materials: int


def build_stage(asset: Asset, *, name: str, pictures: Pictures) -> Built:
    """Return the stage of `asset`; the files of its textures are collected in `pictures`."""
    from pxr import Usd, UsdGeom

    stage = Usd.Stage.CreateInMemory("model.usdc")
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.GetRootLayer().documentation = words(name)  # what screen readers say (USDZ specification, "Accessibility")
    root = UsdGeom.Xform.Define(stage, ROOT).GetPrim()
    stage.SetDefaultPrim(root)
    model = Usd.ModelAPI(root)
    model.SetKind("component")
    model.SetAssetName(words(name))
    root.SetDisplayName(words(name))
    writer = Hierarchy(
        asset=asset,
        stage=stage,
        root=ROOT,
        taken=MATERIALS.rpartition("/")[2],
        world=world_matrices(asset),
        tracks=node_tracks(asset),
    )
    writer.write()
    if writer.end_s > 0:
        stage.SetTimeCodesPerSecond(TIME_CODES_PER_SECOND)
        stage.SetFramesPerSecond(TIME_CODES_PER_SECOND)
        stage.SetStartTimeCode(0.0)
        stage.SetEndTimeCode(writer.end_s * TIME_CODES_PER_SECOND)
    looks = author_looks(stage, root, asset, writer.drawn, pictures=pictures, scope=MATERIALS)
    annotate_root(root, asset, materials=looks.paths, variants=looks.variants)
    for joint in asset.joints:
        if joint.node in writer.paths:
            annotate_joint(stage.GetPrimAtPath(writer.paths[joint.node]), joint)
    return Built(
        stage=stage,
        findings=(*writer.findings, *asset_losses(asset, reached=writer.paths, end_s=writer.end_s), *looks.findings),
        variants=looks.variants,
        selected=looks.selected,
        meshes=len(writer.drawn),
        triangles=sum(len(piece.shape.triangles) for piece in writer.drawn),
        materials=len(set(looks.paths.values())),
    )
