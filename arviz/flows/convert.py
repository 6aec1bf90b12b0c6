"""Journey: product files become AR-ready assets, true to size.

Each file: read -> unit -> mend -> pivot -> weld -> normals -> check -> write -> read back -> picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from arviz.check.size import Listed, check_size
from arviz.core.asset import Asset
from arviz.core.compare import differences
from arviz.core.errors import ArvizError, BackendError, DependencyError, InputError
from arviz.core.graph import triangle_count
from arviz.core.image import encode
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding, Report
from arviz.core.units import listed_size
from arviz.flows.outputs import refuse_existing, write_files
from arviz.flows.product_report import product_report, to_json_bytes
from arviz.flows.render import picture
from arviz.flows.unit import resolve_unit
from arviz.formats.gltf.write import write_glb
from arviz.formats.read import read
from arviz.ops.drop_textures import broken_images, drop_textures
from arviz.ops.normals import CREASE_ANGLE_RAD, add_normals
from arviz.ops.pivot import pivot
from arviz.ops.weld import weld
from arviz.render.renderer import RENDERERS, Renderer

POSTER_PX = 1024
POSTER_QUALITY = 88
_WHITE = (255, 255, 255)
"""Marketplaces ask for product pictures on pure white."""

Source = str | PathLike[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What `convert` is told about every file."""

    unit: str | None = None
    listed_m: Listed | None = None
    up: str | None = None
    front: str | None = None
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conversion:
    """One converted product: where its files are and what was found (`report` is the content of report.json)."""

    name: str
    folder: Path
    files: dict[str, Path]
    report: dict[str, Any]

    @property
    def ok(self) -> bool:
        """True if no finding is an error."""
        return bool(self.report["ok"])


def convert(
    source: Source,
    *,
    out: Source,
    unit: str | None = None,
    size: str | Listed | None = None,
    up: str | None = None,
    front: str | None = None,
    name: str | None = None,
    force: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Conversion:
    """Convert one product file: write ``out/<name>/<name>.glb``, ``poster.webp`` and ``report.json``.

    Parameters
    ----------
    source : path
        OBJ, STL, PLY, GLB or glTF.
    out : path
        Folder for the results; made if missing.
    unit : str, optional
        ``mm``, ``cm``, ``m``, ``in`` or ``ft``. Needed for a file without a unit unless `size` tells it.
    size : str or (x, y, z), optional
        Listed size: ``"218x102x79cm"`` (width x depth x height), or metres with None where unknown.
    up, front : str, optional
        Axes of the file, such as ``"+Z"``; default: what its format says.
    name : str, optional
        Default: the file's name without its extension.
    force : bool
        Replace existing results.

    Returns
    -------
    Conversion
        Files are written also when the product fails a check: look at `Conversion.ok`.

    Raises
    ------
    InputError
        The file cannot be read, its unit is unknown, the output exists or cannot be written.
    LimitError
        Larger than `limits`, or reaching outside its folder.
    """
    options = Options(unit=unit, listed_m=listed_size(size), up=up, front=front, limits=limits)
    names = None if name is None else [name]
    result = next(convert_all([source], out=out, options=options, names=names, force=force))
    if isinstance(result, ArvizError):
        raise result
    return result


def convert_all(
    sources: Sequence[Source],
    *,
    out: Source,
    options: Options,
    names: Sequence[str] | None = None,
    force: bool = False,
    started: Callable[[str], None] = lambda name: None,
) -> Iterator[Conversion | ArvizError]:
    """Convert files one after the other, yielding a `Conversion` or the error of each; one renderer serves all.

    `started` is called with each product's name when its turn comes.

    Raises
    ------
    InputError
        Before any work: two products would get the same name.
    """
    targets = [Path(fspath(out)) / name for name in _names(sources, names)]
    with ExitStack() as stack:
        renderer = _open_renderer(stack, options.limits)
        for source, folder in zip(sources, targets, strict=True):
            started(folder.name)
            try:
                yield _convert_one(Path(fspath(source)), folder, options, renderer, force=force)
            except ArvizError as error:
                yield error


def _convert_one(path: Path, folder: Path, options: Options, renderer: Renderer | ArvizError, *, force: bool) -> Conversion:
    name = folder.name
    files = {"master": folder / f"{name}.glb", "poster": folder / "poster.webp", "report": folder / "report.json"}
    refuse_existing(files.values(), force=force, source=path)
    source = read(path, unit=options.unit, up=options.up, front=options.front, limits=options.limits)
    asset, guess = resolve_unit(source, options.listed_m)
    asset, report = prepare(asset, options)
    glb = write_glb(asset)
    _check_read_back(asset, glb, name, options.limits)
    contents = {files["master"]: glb}
    poster, trouble = _poster(asset, renderer)
    outdated = []
    if poster is None:
        outdated = [files.pop("poster")]  # with --force: a picture of the former product must not stay
    else:
        contents[files["poster"]] = poster
    report += trouble
    facts = product_report(asset, name=name, glb=glb, poster=poster, report=report, guess=guess, listed_m=options.listed_m)
    contents[files["report"]] = to_json_bytes(facts)
    write_files(contents, remove=outdated)
    return Conversion(name=name, folder=folder, files=files, report=facts)


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


def _check_read_back(asset: Asset, glb: bytes, name: str, limits: Limits) -> None:
    """Read what was written: a file that does not give the same product back must not leave this house."""
    lost = differences(asset, read(glb, format="glb", limits=limits))
    if lost:
        raise BackendError(
            "E_READ_BACK",
            "the written GLB does not hold the same product",
            where=f"{name}.glb",
            found=", ".join(lost),
            hint="This is a fault of arviz: please report it with the file.",
        )


def _open_renderer(stack: ExitStack, limits: Limits) -> Renderer | ArvizError:
    try:
        renderer: Renderer = stack.enter_context(RENDERERS.get("gl")(limits=limits))
    except (BackendError, DependencyError) as error:
        return error  # the product itself does not need a picture
    return renderer


def _poster(asset: Asset, renderer: Renderer | ArvizError) -> tuple[bytes | None, Report]:
    if triangle_count(asset) == 0:
        return None, Report()  # nothing to draw: check_size has said so
    try:
        if isinstance(renderer, ArvizError):
            raise renderer
        image = picture(asset, renderer, width=POSTER_PX, height=POSTER_PX, background=_WHITE)
    except (BackendError, DependencyError) as error:
        finding = Finding(code="W_NO_POSTER", severity="warning", where="poster.webp", message=str(error), hint=error.hint or "")
        return None, Report(findings=(finding,))
    return encode(image, "WEBP", quality=POSTER_QUALITY), Report()


def _names(sources: Sequence[Source], names: Sequence[str] | None) -> list[str]:
    """Return one folder name per source; two that would collide on any file system are an error."""
    if names is not None and len(names) != len(sources):
        raise InputError("E_NAME_COUNT", "one --name is needed for each input", expected=f"{len(sources)} names", found=f"{len(names)}")
    out = [Path(fspath(source)).stem for source in sources] if names is None else list(names)
    seen: dict[str, Source] = {}
    for name, source in zip(out, sources, strict=True):
        if name in ("", ".", "..") or any(character in name for character in '/\\\0:*?"<>|'):
            raise InputError("E_NAME", "not a usable product name", found=repr(name), hint="Give another with --name.")
        if name.casefold() in seen:
            raise InputError(
                "E_NAME_TWICE",
                f"two inputs would both be called {name!r}",
                where=f"{fspath(seen[name.casefold()])} and {fspath(source)}",
                hint="Give each its own name: --name once per input, in their order.",
            )
        seen[name.casefold()] = source
    return out
