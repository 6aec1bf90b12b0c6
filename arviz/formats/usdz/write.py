"""`Asset` to USDZ, from the master and never from a compressed GLB, with a USD variant set and a list of losses.

Layout: ``/Root`` (Xform, kind component, variant set ``material``) holds the nodes as Xforms with one Mesh per
primitive, and ``/Root/Materials``. Each mesh has exactly one material per look, so what depends on the material
(binding, texture coordinates, doubleSided) is written once if all looks agree and inside each variant otherwise: a
local opinion would be stronger and hide the variants.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from arviz.core.asset import Asset
from arviz.core.errors import UnitError
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding
from arviz.formats.usdz.package import pack
from arviz.formats.usdz.pictures import Pictures
from arviz.formats.usdz.stage import build_stage

ROOT_LAYER = "model.usdc"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Usdz:
    """A written package.

    Parameters
    ----------
    data : bytes
        The file. The same asset gives the same bytes.
    findings : tuple of Finding
        What is approximated (``W_USD_APPROXIMATED``), lost (``W_USD_LOST``, ``W_USD_TEXTURE_LOST``) or baked.
    variants : tuple of (str, str)
        (name in the USD variant set ``material``, name of the look), in the order of ``Asset.variants``; an extra
        ``Default`` comes first where the product's default look is none of them.
    selected : str
        The variant that is shown first; empty without variants.
    meshes, triangles, materials : int
    textures : tuple of (str, int)
        (name inside the package, bytes).
    """

    data: bytes
    findings: tuple[Finding, ...]
    variants: tuple[tuple[str, str], ...]
    selected: str
    meshes: int
    triangles: int
    materials: int
    textures: tuple[tuple[str, int], ...]


def write_usdz(asset: Asset, *, name: str = "", limits: Limits = DEFAULT_LIMITS) -> Usdz:
    """Write `asset` as a USDZ package for Apple's Quick Look and other USD viewers.

    Parameters
    ----------
    asset : Asset
        The master, in metres.
    name : str, optional
        What the package calls the product (assetInfo name); default: the name of the file it was read from.

    Raises
    ------
    UnitError
        The unit of `asset` is unknown: USD must state one.
    LimitError
        A texture is larger than `limits`.
    """
    if not asset.unit_known:
        raise UnitError("E_UNIT_NEEDED", "USDZ is in metres, and the unit of this product is unknown", hint="Give --unit or --size.")
    pictures = Pictures(asset, limits=limits)
    built = build_stage(asset, name=name or (Path(asset.source.name).stem if asset.source else "") or "product", pictures=pictures)
    with tempfile.TemporaryDirectory(prefix="arviz-usd-") as folder:
        path = Path(folder) / ROOT_LAYER
        built.stage.GetRootLayer().Export(str(path))
        layer = path.read_bytes()
    return Usdz(
        data=pack({ROOT_LAYER: layer, **pictures.files}),
        findings=(*built.findings, *pictures.findings),
        variants=built.variants,
        selected=built.selected,
        meshes=built.meshes,
        triangles=built.triangles,
        materials=built.materials,
        textures=tuple((file, len(data)) for file, data in pictures.files.items()),
    )
