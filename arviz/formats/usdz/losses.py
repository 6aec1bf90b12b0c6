"""What of a product as a whole does not go into a USDZ: lights, cameras, skins, other animations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from arviz.core.asset import Asset
from arviz.core.report import Finding
from arviz.formats.usdz.animation import LONGEST_S


def asset_losses(asset: Asset, *, reached: Iterable[int], end_s: float) -> tuple[Finding, ...]:
    """Return one finding per kind of loss; `reached` are the nodes that were written, `end_s` the animation's end."""
    return tuple(_losses(asset, frozenset(reached), end_s))


def _losses(asset: Asset, reached: frozenset[int], end_s: float) -> Iterator[Finding]:
    nodes = [asset.nodes[i] for i in sorted(reached)]
    lights = sum(node.light is not None for node in nodes)
    if lights:
        yield _lost(f"{lights} light{'s' * (lights > 1)}: Quick Look refuses light prims and lights the product itself")
    if any(node.camera is not None for node in nodes):
        yield _lost("cameras: Quick Look has its own")
    if len(asset.scenes) > 1:
        yield _lost("scenes other than the default one")
    if any("EXT_mesh_gpu_instancing" in node.extensions for node in nodes):
        yield _lost("EXT_mesh_gpu_instancing: only the node itself is drawn")
    if asset.slots:
        yield _lost("slots, except as customData: choose their materials as variants", hint="Flatten slots to variants before writing.")
    if any(node.skin is not None and node.mesh is not None for node in nodes):
        yield _baked("skins are baked in the rest pose: the product stands still")
    if any(node.mesh is not None and any(node.weights or asset.meshes[node.mesh].weights) for node in nodes):
        yield _baked("morph targets are baked with their default weights")
    elif any(node.mesh is not None and any(p.targets for p in asset.meshes[node.mesh].primitives) for node in nodes):
        yield _lost("morph targets, which are all at weight 0")
    yield from _animation_losses(asset, end_s)


def _animation_losses(asset: Asset, end_s: float) -> Iterator[Finding]:
    if not asset.animations:
        return
    if len(asset.animations) > 1:
        names = ", ".join(animation.name or f"animations[{i}]" for i, animation in enumerate(asset.animations) if i)
        yield _lost(f"animations other than the first: {names}")
    first = asset.animations[0]
    written = ("translation", "rotation", "scale")
    others = sorted({track.path for track in first.tracks if track.path not in written})
    if others:
        yield _lost(f"animated {', '.join(others)}")
    joints = {joint for skin in asset.skins for joint in skin.joints}
    if any(track.node in joints for track in first.tracks):
        yield _lost("animated skins")
    if any(track.interpolation == "CUBICSPLINE" and track.path in written for track in first.tracks):
        yield Finding(
            code="W_USD_APPROXIMATED",
            severity="warning",
            where=first.name,
            message="a spline animation is sampled 30 times a second",
        )
    if end_s > LONGEST_S:
        yield Finding(
            code="W_USDZ_ANIMATION",
            severity="warning",
            where=first.name,
            message=f"the animation takes {end_s:.1f} s; Apple advises {LONGEST_S:.0f} s at most",
        )


def _lost(what: str, *, hint: str = "") -> Finding:
    return Finding(code="W_USD_LOST", severity="warning", message=f"not shown in USDZ: {what}", hint=hint)


def _baked(message: str) -> Finding:
    return Finding(code="I_USD_BAKED", severity="info", message=message)
