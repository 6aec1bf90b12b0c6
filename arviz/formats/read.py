"""Read a product file: choose the reader, apply unit and axes, leave an upright `Asset` in metres."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from os import PathLike
from pathlib import PurePath
from typing import Literal

from arviz.core.asset import Asset
from arviz.core.errors import FormatError, InputError
from arviz.core.frames import rotation_to_arviz
from arviz.core.graph import assign_parts
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.reframe import orient, rescale
from arviz.core.registry import Registry
from arviz.core.source_path import source_path
from arviz.core.units import metres_per, unit_name
from arviz.formats.files import Files
from arviz.formats.untrusted import sanitise

Reader = Callable[[bytes, Files], Asset]
"""The plugin kind ``format``: the input's bytes and its folder in, an Asset out, in the file's own unit and axes
(both stated in `Asset.source`; what had to be left out stands in ``source.findings``)."""

STEP = ("step", "stp")
"""Extensions of what has surfaces to be cut."""
READERS = Registry(
    "format",
    {
        "dae": "arviz.formats.dae:read_dae",
        "fbx": "arviz.formats.fbx:read_fbx",
        "glb": "arviz.formats.gltf.read:read_gltf",
        "gltf": "arviz.formats.gltf.read:read_gltf",
        "obj": "arviz.formats.obj:read_obj",
        "ply": "arviz.formats.ply:read_ply",
        "step": "arviz.formats.step:read_step",
        "stp": "arviz.formats.step:read_step",
        "stl": "arviz.formats.stl:read_stl",
        "3mf": "arviz.formats.threemf:read_3mf",
        "usd": "arviz.formats.usd_read.read:read_usd",
        "usda": "arviz.formats.usd_read.read:read_usd",
        "usdc": "arviz.formats.usd_read.read:read_usd",
        "usdz": "arviz.formats.usd_read.read:read_usd",
    },
)


def read(
    source: str | PathLike[str] | bytes,
    *,
    format: str | None = None,
    unit: str | None = None,
    up: str | None = None,
    front: str | None = None,
    deflection_mm: float | None = None,
    trust: Literal["own", "untrusted"] = "own",
    limits: Limits = DEFAULT_LIMITS,
) -> Asset:
    """Read a product file.

    Parameters
    ----------
    source : path or bytes
        A GLB, glTF, USDZ, USD, FBX, OBJ, STL, PLY, COLLADA, 3MF or STEP file, or its content. Files beside it (MTL, textures,
        .bin, layers) are read too; nothing outside its folder is.
    format : str, optional
        ``"glb"``, ``"obj"``, ...; default: the file name's extension; of bytes what their beginning says.
    unit : str, optional
        ``mm``, ``cm``, ``m``, ``in`` or ``ft``: the length of one file unit, where the file does not say or is
        wrong. Without it a unitless file stays in file units and ``source.unit_source`` is ``"unknown"``.
    up, front : str, optional
        Axes of the file such as ``"+Z"``; default: what the format says (STL: up +Z, front -Y).
    deflection_mm : float, optional
        For STEP: how far triangles may lie from its curved surfaces; default: 0.1.
    trust : "own" or "untrusted"
        Untrusted files are rebuilt from what we understand: `arviz.formats.untrusted` says what stays.

    Returns
    -------
    Asset
        +Y up, front +Z; metres if the unit is known. Every mesh node has a part id.

    Raises
    ------
    InputError
        Missing, unreadable, empty, of unknown format, broken.
    LimitError
        Larger than `limits`, or reaching outside its folder.
    """
    files, data, extension = _open(source, format, limits)
    asset = _cut(data, files, extension, deflection_mm) if deflection_mm is not None else READERS.get(extension)(data, files)
    if trust == "untrusted":
        asset = sanitise(asset, limits=limits)
    origin = asset.source
    assert origin is not None
    axes = (up or origin.up, front or _front_for(up or origin.up, origin.front))
    asset = orient(asset, rotation_to_arviz(up=axes[0], front=axes[1]))
    if unit is not None:
        asset = rescale(asset, metres_per(unit))
        origin = replace(origin, unit=unit_name(unit), unit_source="user")
    elif origin.unit is not None:
        asset = rescale(asset, metres_per(origin.unit))
    origin = replace(
        origin,
        up=axes[0],
        front=axes[1],
        bytes=len(data),
        sha256=sha256(data).hexdigest(),
        beside=tuple(files.beside.items()),
    )
    return assign_parts(replace(asset, source=origin))


def _cut(data: bytes, files: Files, extension: str, deflection_mm: float) -> Asset:
    if extension not in STEP:
        hint = "Leave the deflection away."
        raise InputError("E_DEFLECTION", "only STEP has surfaces to be cut", where=files.name, found=f".{extension}", hint=hint)
    from arviz.formats.step import read_step

    return read_step(data, files, deflection_mm=deflection_mm)


def _front_for(up: str, front: str) -> str:
    # `--up` alone must stay usable: keep the format's front where it is square to `up`, else choose the usual one.
    return front if front[-1].upper() != up[-1].upper() else {"Y": "+Z", "Z": "-Y", "X": "+Z"}[up[-1].upper()]


def _open(source: str | PathLike[str] | bytes, format: str | None, limits: Limits) -> tuple[Files, bytes, str]:
    if isinstance(source, bytes):
        name = f"<{len(source)} bytes>"
        limits.check("file_bytes", len(source), where=name)
        files, data, extension = Files(None, name=name, limits=limits), source, format or format_of(source) or ""
        if not extension:
            hint = 'Say so, with format="stl" for example.'
            raise FormatError("E_FORMAT_UNKNOWN", "nothing says what kind of file these bytes are", where=name, hint=hint)
    else:
        path = source_path(source)
        name = os.fsencode(path.name).decode("utf-8", "replace")  # Linux allows names that are no text
        files = Files(path, name=name, limits=limits)
        data, extension = files.read_input(), format or path.suffix[1:]
    extension = extension.lower()
    _check_content(data, extension, files.name)
    return files, data, extension


_SIGNATURES = {
    b"glTF": "glb", b"ply": "ply", b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"PK\x03\x04": "zip", b"Kaydara FBX": "fbx",
    b"%PDF": "pdf", b"ISO-10303-21": "step", b"PXR-USDC": "usdc", b"#usda": "usda",
}  # fmt: skip


_HOLDS = {"3mf": ("zip",), "stp": ("step",), "usd": ("usda", "usdc"), "usdz": ("zip",)}
"""Extension -> what else its content may be called."""
_LOOKED_AT = 512
_SNIFFED = ("dae", "glb", "gltf", "obj", "ply", "stl", "3mf")
_OBJ_LINE = re.compile(rb"^[ \t]*(v[ \t]+[-+.\d]|mtllib[ \t]|usemtl[ \t]|f[ \t]+\d)", re.MULTILINE)
_STL_TEXT = re.compile(rb"\s*solid\b.*[\r\n]+\s*facet\b", re.IGNORECASE)
_WEB_PAGE = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


def format_of(data: bytes) -> str | None:
    """Tell by its first bytes what a file without a name is (``"glb"``, ``"zip"``, ``"png"``); None where they do not tell: binary STL."""
    if (kind := _kind_of(data, "obj")) is not None:
        return kind
    head = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "gltf" if head.startswith(b"{") else "dae" if b"<COLLADA" in head else None


def _kind_of(data: bytes, extension: str) -> str | None:
    """Tell by its first bytes what a file is, where that is certain; None where it may be anything.

    Text of OBJ and STL is told for the formats that this library brings; a plugin's may look alike.
    """
    head = data[:_LOOKED_AT].removeprefix(b"\xef\xbb\xbf")
    for magic, kind in _SIGNATURES.items():
        if head.startswith(magic):
            return "usdz" if kind == "zip" and _first_entry(head).endswith((b".usd", b".usda", b".usdc")) else kind
    if _WEB_PAGE.match(head):
        return "html"
    if extension not in _SNIFFED:
        return None
    if _STL_TEXT.match(head):
        return "stl"
    if b"\0" not in head and not head.lstrip().startswith((b"{", b"<", b"solid")) and _OBJ_LINE.search(head):
        return "obj"
    return None


_PICTURES = frozenset({"png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "bmp", "heic", "avif", "svg"})
_PROGRAMS = {
    "blend": "In Blender: File > Export > glTF 2.0.",
    "max": "In 3ds Max: File > Export, FBX.",
    "ma": "In Maya: File > Export All, FBX.",
    "mb": "In Maya: File > Export All, FBX.",
    "c4d": "In Cinema 4D: File > Export > glTF.",
    "skp": "In SketchUp: File > Export > 3D Model, as glTF or COLLADA.",
    "sldprt": "In SolidWorks: File > Save As, STEP.",
    "sldasm": "In SolidWorks: File > Save As, STEP.",
    "f3d": "In Fusion: File > Export, STEP.",
    "ipt": "In Inventor: File > Export > CAD Format, STEP.",
    "iam": "In Inventor: File > Export > CAD Format, STEP.",
    "3dm": "In Rhino: File > Export Selected, OBJ or STEP.",
}
"""Files that only their own program reads -> how it writes one that others read."""


def _instead(found: str | None, extension: str) -> str:
    """Return what to do about a file that is no model."""
    if found == "html":
        return "This is a page of a web site: the download has failed. Download the model again."
    if found in _PICTURES or extension in _PICTURES:
        return "This is a picture. Name the model file."
    if found == "zip":
        return "Unpack it, and take the model in it; arviz convert, batch and embed take a .zip with one product as it is."
    if extension in ("rar", "7z", "gz"):
        return "Unpack it, and take the model in it."
    return _PROGRAMS.get(extension, "Export the product as GLB or OBJ.")


def _first_entry(head: bytes) -> bytes:
    """Return the name of a zip archive's first file: of a USDZ it is the root layer (APPNOTE 6.3.3, 4.3.7)."""
    return head[30 : 30 + int.from_bytes(head[26:28], "little")].lower()


def _check_content(data: bytes, extension: str, name: str) -> None:
    """Refuse an unknown extension, or one that the first bytes contradict."""
    found = _kind_of(data, extension)
    if extension not in READERS:
        raise FormatError(
            "E_FORMAT_UNKNOWN",
            "this kind of file is not read",
            where=name,
            expected=", ".join(f".{known}" for known in READERS),
            found=f".{extension}" if extension else "no extension",
            hint=f"Its content looks like {found}: rename it." if found in READERS else _instead(found, extension),
        )
    if found is not None and found != extension and found not in _HOLDS.get(extension, ()):
        raise FormatError(
            "E_FORMAT_MISMATCH",
            "the content does not belong to the file's extension",
            where=name,
            expected=extension,
            found=found,
            hint=f"Rename the file to {PurePath(name).stem}.{found}." if found in READERS else _instead(found, extension),
        )
