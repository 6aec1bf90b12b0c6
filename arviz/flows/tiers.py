"""The files that a master Asset becomes: each is written, read back, checked, and judged by its platform's profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from arviz.check.figures import figures
from arviz.check.profile import load_profile
from arviz.core.asset import Asset
from arviz.core.compare import differences
from arviz.core.errors import ArvizError, BackendError
from arviz.core.facts import FileFacts
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage
from arviz.core.report import Finding, Report
from arviz.flows.check import DEFAULT_PROFILES, USDZ_PROFILES, profile_verdicts
from arviz.flows.optimise.level import level
from arviz.flows.optimise.settings import Optimised, Settings
from arviz.flows.optimise.unsearched import input_bytes
from arviz.flows.targets import TARGETS
from arviz.formats.facts import file_facts, usdz_facts
from arviz.formats.files import Files
from arviz.formats.gltf.rules import check_bytes
from arviz.formats.gltf.write import write_glb
from arviz.formats.pictures.encoding import MEDIA_TYPES
from arviz.formats.read import read
from arviz.ops.hulls import hulls
from arviz.render.renderer import Renderer

_GLB_FIGURES = (
    "triangles", "vertices", "draw_calls", "geometry_bytes", "image_bytes", "texture_memory_bytes", "uv_sets", "extensions",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Output:
    """One written file: `facts` is its entry in ``report.json``, `verdicts` what its profiles say.

    `pictures` are those of a target's file, in the order of the product.
    """

    uri: str
    data: bytes
    facts: dict[str, Any]
    verdicts: tuple[dict[str, Any], ...] = ()
    pictures: tuple[EncodedImage, ...] = ()


def master(asset: Asset, *, name: str, measured: Mapping[str, Any], limits: Limits) -> tuple[Output, Report]:
    """Write the lossless GLB and read it back; `measured` is what `arviz.check.figures.figures` says of `asset`.

    Raises
    ------
    BackendError
        What was read back is not the same product: such a file must not leave this house.
    """
    data, uri = write_glb(asset), f"{name}.glb"
    back = read(data, format="glb", limits=limits)
    lost = differences(asset, back)
    if lost:
        raise BackendError(
            "E_READ_BACK",
            "the written GLB does not hold the same product",
            where=uri,
            found=", ".join(lost),
            hint="This is a fault of arviz: please report it with the file.",
        )
    facts = {**_identity("master", uri, data), **{key: measured[key] for key in _GLB_FIGURES}}
    judged = _judged(file_facts(data, back), DEFAULT_PROFILES, uri)
    faults = [f for f in check_bytes(data, Files(None, name=uri, limits=limits)).findings if f.severity == "error"]
    return Output(uri=uri, data=data, facts=facts, verdicts=judged), Report(findings=tuple(faults))


def quick_look(asset: Asset, *, name: str, limits: Limits) -> tuple[Output | None, Report]:
    """Write the USDZ for iOS from the same master; None with a finding where that cannot be done."""
    from arviz.formats.usdz.rules import check_usdz
    from arviz.formats.usdz.write import write_usdz

    uri = f"{name}.quick-look.usdz"
    try:
        usdz = write_usdz(asset, name=name, limits=limits)
    except ArvizError as error:
        finding = Finding(code="W_NO_USDZ", severity="warning", where=uri, message=str(error), hint=error.hint or "")
        return None, Report(findings=(finding,))
    checked = check_usdz(usdz.data, name=uri, limits=limits)
    facts = {
        **_identity("quick-look", uri, usdz.data),
        "triangles": usdz.triangles,
        "draw_calls": usdz.meshes,
        "image_bytes": sum(size for _, size in usdz.textures),
        "variants": [look for _, look in usdz.variants],
    }
    judged = _judged(usdz_facts(usdz.data, checked.figures, name=uri, limits=limits), USDZ_PROFILES, uri)
    faults = tuple(f for f in checked.findings if f.severity == "error")
    return Output(uri=uri, data=usdz.data, facts=facts, verdicts=judged), Report(findings=(*usdz.findings, *faults))


def optimised(
    asset: Asset, *, uri: str, target: str, settings: Settings, renderer: Renderer | None, limits: Limits
) -> tuple[Output, Report]:
    """Write a GLB as a target wants it and judge it by its profiles.

    Raises
    ------
    BackendError
        What was written is not valid: such a file must not leave this house.
    """
    shown, report = _prepared(asset, target, limits)
    made = TARGETS[target].making(shown, settings=settings, renderer=renderer, limits=limits)
    told = (replace(finding, where=f"{uri}: {finding.where}") for finding in report.findings)
    larger = (replace(finding, where=uri) for finding in _larger(asset, made.data))
    output, more = _for_target(made, uri=uri, target=target, settings=settings, limits=limits)
    return output, Report(findings=(*told, *more.findings, *larger))


def simpler(asset: Asset, first: Output, *, uri: str, share: float, settings: Settings, limits: Limits) -> tuple[Output, Report]:
    """Write a level that is shown at a share of the size, as the file `first` of the same product is written; it is not drawn."""
    target = first.facts["target"]
    shown, _ = _prepared(asset, target, limits)  # what that costs is told of `first`
    made = level(shown, first.pictures, share=share, settings=settings, limits=limits)
    output, report = _for_target(made, uri=uri, target=target, settings=settings, limits=limits)
    return replace(output, verdicts=()), report


def _prepared(asset: Asset, target: str, limits: Limits) -> tuple[Asset, Report]:
    preparation = TARGETS[target].preparation
    return (asset, Report()) if preparation is None else preparation(asset, limits=limits)


def _for_target(made: Optimised, *, uri: str, target: str, settings: Settings, limits: Limits) -> tuple[Output, Report]:
    """Return what is told of a target's file."""
    faults = [f for f in check_bytes(made.data, Files(None, name=uri, limits=limits)).findings if f.severity == "error"]
    back = read(made.data, format="glb", limits=limits)
    measured, written = figures(back), file_facts(made.data, back)
    facts = {
        **_identity(target, uri, made.data),
        **{key: measured[key] for key in _GLB_FIGURES},
        "extensions": list(written.extensions_used),  # reading takes compression away
        "variants": list(back.variants),
        "quality": None if made.quality is None else made.quality.to_json(),
    }
    judged = _judged(written, TARGETS[target].profiles, uri)
    own = (replace(finding, where=uri) for finding in (*made.findings, *_pictures_not_taken(written, settings)))
    output = Output(uri=uri, data=made.data, facts=facts, verdicts=judged, pictures=made.asset.images)
    return output, Report(findings=(*faults, *own))


def collision_hulls(asset: Asset, *, name: str, limits: Limits) -> tuple[Output, Report]:
    """Write the convex hulls that hold the product, for physics engines."""
    made = hulls(asset)
    output, faults = master(made.asset, name=f"{name}.hulls", measured=figures(made.asset), limits=limits)
    litres = {f"{key}_litres": made.report.figures[f"{key}_m3"] * 1000 for key in ("volume", "box")}
    facts = {**output.facts, "tier": "hulls", "target": "hulls", "hulls": made.report.figures["hulls"], **litres}
    told = tuple(replace(finding, where=output.uri) for finding in made.report.findings)
    return replace(output, facts=facts, verdicts=()), Report(findings=told) + faults


def _larger(asset: Asset, data: bytes) -> Iterator[Finding]:
    """Yield a finding for a file that is larger than the glTF that it was made from."""
    before = input_bytes(asset)
    if 0 < before < len(data):
        message = f"the file has {len(data):,} bytes, its input {before:,}"
        hint = "The input is as small as it gets: deliver it where its compression is known."
        yield Finding(code="W_LARGER", severity="warning", message=message, hint=hint)


def _pictures_not_taken(written: FileFacts, settings: Settings) -> Iterator[Finding]:
    """Yield a finding for each picture that could not be brought into a format of the target."""
    allowed = {MEDIA_TYPES[name] for name in settings.formats}
    for texture in written.textures:
        if allowed and texture.mime not in allowed:
            message = f"the picture {texture.name} is {texture.mime}, which is not delivered here"
            hint = "Save it as PNG or JPEG, or take what uses it out of the product."
            yield Finding(code="E_TARGET_PICTURE", severity="error", message=message, hint=hint)


def _identity(target: str, uri: str, data: bytes) -> dict[str, Any]:
    digest = sha256(data).hexdigest()
    return {"tier": target, "target": target, "uri": uri, "path": uri, "bytes": len(data), "sha256": digest, "quality": None}


def _judged(facts: FileFacts, profiles: tuple[str, ...], uri: str) -> tuple[dict[str, Any], ...]:
    verdicts = profile_verdicts(facts, [load_profile(profile) for profile in profiles])
    return tuple({**verdict, "uri": uri} for verdict in verdicts)
