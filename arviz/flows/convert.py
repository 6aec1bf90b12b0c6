"""Journey: product files become AR-ready assets, true to size.

Each file: read -> unit -> prepare (mend, pivot, weld, normals, check) -> write GLB and USDZ -> read back -> pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from os import PathLike, fspath
from os.path import exists
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from arviz.check.figures import figures
from arviz.check.size import Listed
from arviz.core.above import InNotebook
from arviz.core.asset import Asset
from arviz.core.errors import ArvizError, BackendError, DependencyError, InputError
from arviz.core.graph import triangle_count
from arviz.core.image import Image, encode
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.report import Finding, Report
from arviz.core.source_path import source_path
from arviz.core.units import listed_size
from arviz.flows.dimension_drawing import dimension_drawing
from arviz.flows.lods import with_levels
from arviz.flows.optimise.settings import Effort
from arviz.flows.outputs import refuse_existing, write_files
from arviz.flows.prepare import Options, prepare
from arviz.flows.product_file import product_file
from arviz.flows.product_names import name_fault
from arviz.flows.product_report import product_report, to_json_bytes
from arviz.flows.render import picture
from arviz.flows.report_html import report_html
from arviz.flows.targets import QUICK_LOOK, TARGETS, Delivery, TextureWish
from arviz.flows.tiers import Output, collision_hulls, master, optimised, quick_look
from arviz.flows.unit import resolve_unit
from arviz.formats.gltf.encoding import Geometry
from arviz.formats.read import STEP, read
from arviz.ops.lods import MOST_LEVELS
from arviz.render.mipmaps import halved
from arviz.render.renderer import RENDERERS, Renderer

FILES = {
    "quick-look": "{name}.quick-look.usdz",
    "hulls": "{name}.hulls.glb",
    "poster": "poster.webp",
    "report": "report.json",
    "page": "report.html",
}
"""What `convert` writes into the product's folder, beside the GLBs: ``{name}.glb``, ``{name}.{target}.glb`` and their levels."""
BEFORE_PX = 512
POSTER_PX = 1024
POSTER_QUALITY = 88
_TEXTURES_BYTES, _TARGET_BYTES = 64 * 2**20, 64 * 2**20
"""What the renderer keeps of former pictures, and what it draws one on: most of a conversion's memory is the renderer's."""
_WHITE = (255, 255, 255)
"""Marketplaces ask for product pictures on pure white."""

Source = str | PathLike[str]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conversion(InNotebook):
    """One converted product: where its files are and what was found (`report` is the content of report.json)."""

    name: str
    folder: Path
    files: dict[str, Path]
    report: dict[str, Any]

    @property
    def ok(self) -> bool:
        """True if no finding is an error."""
        return bool(self.report["ok"])

    def __repr__(self) -> str:
        return f"Conversion({self.name!r}, {'ok' if self.ok else 'failed'}, {str(self.folder)!r})"


def convert(
    source: Source,
    *,
    out: Source,
    unit: str | None = None,
    size: str | Listed | None = None,
    up: str | None = None,
    front: str | None = None,
    name: str | None = None,
    trust: Literal["own", "untrusted"] = "own",
    deflection_mm: float | None = None,
    targets: str | Sequence[str] = (QUICK_LOOK,),
    geometry: Geometry | None = None,
    textures: TextureWish = "auto",
    max_mb: float | None = None,
    max_triangles: int | None = None,
    quality: float | None = None,
    effort: Effort = "normal",
    lods: int = 0,
    hulls: bool = False,
    force: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Conversion:
    """Convert one product file into ``out/<name>/``: GLB, USDZ, poster and reports.

    ``<name>.glb`` is the lossless master, ``<name>.quick-look.usdz`` what iOS shows, ``poster.webp`` a picture,
    ``report.json`` for programs and ``report.html`` for people.

    Parameters
    ----------
    source : path
        A file of any format that `arviz.read` takes, or an archive (``.zip``) that holds one product.
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
    trust : "own" or "untrusted"
        As `arviz.formats.read.read`: of a stranger's file only what we understand comes out, pictures encoded anew.
    deflection_mm : float, optional
        Of STEP files: how far triangles may lie from the surface; default: 0.1.
    targets : str or sequence of str
        For what files are made beside the master: ``"web"``, ``"shopify"`` ..., each becomes ``<name>.<target>.glb``; ``"quick-look"``.
    geometry : "meshopt", "draco", "quantized" or "none", optional
        How vertices of targets are compressed; default: as the target wants.
    textures : "auto", "webp", "ktx2", "jpeg", "png" or "keep"
        What pictures of targets become.
    max_mb : float, optional
        Largest file of a target, in megabytes (10^6 bytes); what cannot be held is the finding ``W_BUDGET_BYTES``.
    max_triangles : int, optional
        Most triangles of a target.
    quality : float, optional
        Least dB of rendered pictures of a target against the master's; default: near 42.
    effort : "fast", "normal" or "max"
        ``fast`` encodes each picture once and draws nothing; ``max`` uses slower encoders.
    lods : int
        Up to so many simpler levels beside each GLB target, or beside the master where there is none: ``<name>.<target>.lod1.glb``.
    hulls : bool
        Write ``<name>.hulls.glb``: convex hulls that hold the product, for physics engines.
    force : bool
        Replace existing results.

    Returns
    -------
    Conversion
        Files are written also when the product fails a check: look at `Conversion.ok`.

    Raises
    ------
    InputError
        The file cannot be read, its unit is unknown, the output exists or cannot be written; ``E_ARCHIVE_PRODUCTS``.
    LimitError
        Larger than `limits`, or reaching outside its folder.
    """
    delivery = Delivery(
        targets=(targets,) if isinstance(targets, str) else tuple(targets),
        geometry=geometry,
        textures=textures,
        max_mb=max_mb,
        max_triangles=max_triangles,
        quality=quality,
        effort=effort,
        lods=lods,
        hulls=hulls,
        deflection_mm=deflection_mm,
    )
    options = Options(unit=unit, listed_m=listed_size(size), up=up, front=front, trust=trust, limits=limits, delivery=delivery)
    names = None if name is None else [name]
    result = next(convert_all([source_path(source)], out=out, options=options, names=names, force=force))
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
    doing: Callable[[str], None] = lambda what: None,
) -> Iterator[Conversion | ArvizError]:
    """Convert files one after the other, yielding a `Conversion` or the error of each; one renderer serves all.

    `started` is called with each product's name when its turn comes, `doing` with what is done with it, for people.

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
                yield _convert_one(Path(fspath(source)), folder, options, renderer, force=force, doing=doing)
            except ArvizError as error:
                yield error


def _convert_one(
    path: Path, folder: Path, options: Options, renderer: Renderer | ArvizError, *, force: bool, doing: Callable[[str], None]
) -> Conversion:
    name = folder.name
    files = {kind: folder / uri for kind, uri in _places(name).items()}
    refuse_existing(files.values(), force=force, source=path)
    with TemporaryDirectory(prefix="arviz-product-") as scratch:
        model = product_file(path, into=Path(scratch) / "product")
        # Of many files some are STEP: the others have no surfaces to be cut.
        deflection_mm = options.delivery.deflection_mm if model.suffix[1:].lower() in STEP else None
        source = read(
            model,
            unit=options.unit,
            up=options.up,
            front=options.front,
            deflection_mm=deflection_mm,
            trust=options.trust,
            limits=options.limits,
        )
    asset, guess = resolve_unit(source, options.listed_m)
    found = asset
    doing("checking")
    asset, report = prepare(asset, options)
    measured = figures(asset)
    outputs, more = _written(asset, name, measured, options, renderer, doing)
    doing("drawing the poster")
    shown, trouble = _picture(asset, renderer, size_px=POSTER_PX)
    quick = options.delivery.effort == "fast"
    poster = None if shown is None else encode(shown, "WEBP", quality=POSTER_QUALITY, quick=quick)
    before = _before(found, asset, shown, renderer)
    report += more + trouble
    facts = product_report(
        asset, name=name, measured=measured, outputs=outputs, poster=poster, report=report, guess=guess, listed_m=options.listed_m
    )
    drawing = dimension_drawing(asset) if report.figures.get("size_m") else ""
    contents = {folder / output.uri: output.data for output in outputs}
    contents |= {
        files["report"]: to_json_bytes(facts),
        files["page"]: report_html(facts, poster=poster, before=before, drawing=drawing),
    }
    if poster is not None:
        contents[files["poster"]] = poster
    # With --force: what this run did not make is of a former product and must not stay.
    write_files(contents, remove=[path for path in files.values() if path not in contents])
    made = {kind: path for kind, path in files.items() if path in contents}
    return Conversion(name=name, folder=folder, files=made, report=facts)


def _written(
    asset: Asset,
    name: str,
    measured: Mapping[str, Any],
    options: Options,
    renderer: Renderer | ArvizError,
    doing: Callable[[str], None],
) -> tuple[list[Output], Report]:
    """Write every target from the same master."""
    delivery, limits = options.delivery, options.limits
    first, report = master(asset, name=name, measured=measured, limits=limits)
    if triangle_count(asset) == 0:
        return [first], report  # check_size has said that nothing is drawn
    outputs: list[Output] = [first]
    drawer = None if isinstance(renderer, ArvizError) else renderer
    for target in dict.fromkeys(delivery.targets):
        doing(f"making the file for {target}")
        if target == QUICK_LOOK:
            usdz, more = quick_look(asset, name=name, limits=limits)
            outputs += [] if usdz is None else [usdz]
        else:
            settings = delivery.settings(target)
            made, more = optimised(asset, uri=f"{name}.{target}.glb", target=target, settings=settings, renderer=drawer, limits=limits)
            outputs.append(made)
        report += more
    if delivery.lods:
        doing("making simpler levels")
        outputs, more = with_levels(asset, outputs, delivery=delivery, limits=limits)
        report += more
    if delivery.hulls:
        doing("making hulls")
        solid, more = collision_hulls(asset, name=name, limits=limits)
        outputs, report = [*outputs, solid], report + more
    return outputs, report


def _places(name: str) -> dict[str, str]:
    """Return what may stand in a product's folder: kind -> file name."""
    glbs = {"master": name, **{target: f"{name}.{target}" for target in TARGETS}}
    levels = {f"{kind}.lod{level}": f"{stem}.lod{level}.glb" for kind, stem in glbs.items() for level in range(1, MOST_LEVELS + 1)}
    return {kind: uri.format(name=name) for kind, uri in FILES.items()} | {kind: f"{stem}.glb" for kind, stem in glbs.items()} | levels


def _open_renderer(stack: ExitStack, limits: Limits) -> Renderer | ArvizError:
    try:
        opened = RENDERERS.get("gl")(limits=limits, budget_bytes=_TEXTURES_BYTES, target_bytes=_TARGET_BYTES)
        renderer: Renderer = stack.enter_context(opened)
    except (BackendError, DependencyError) as error:
        return error  # the product itself does not need a picture
    return renderer


def _before(found: Asset, asset: Asset, shown: Image | None, renderer: Renderer | ArvizError) -> bytes | None:
    """Return the small picture of a product as it was found; a product that was moved at most looks as its master's does."""
    if shown is None or not all(one is other for one, other in zip(_looks(found), _looks(asset), strict=True)):
        shown, _ = _picture(found, renderer, size_px=BEFORE_PX)
    if shown is None:
        return None
    small = shown if shown.width_px == BEFORE_PX else replace(shown, pixels=halved(shown.pixels, srgb=True))
    return encode(small, "WEBP", quality=POSTER_QUALITY, quick=True)


def _looks(asset: Asset) -> tuple[object, ...]:
    """Return what a picture of a product shows, wherever the product stands."""
    return asset.meshes, asset.materials, asset.textures, asset.images


def _picture(asset: Asset, renderer: Renderer | ArvizError, *, size_px: int) -> tuple[Image | None, Report]:
    """Draw a product on white; None with a finding where no picture can be drawn."""
    if triangle_count(asset) == 0:
        return None, Report()  # nothing to draw: check_size has said so
    try:
        if isinstance(renderer, ArvizError):
            raise renderer
        image = picture(asset, renderer, width=size_px, height=size_px, background=_WHITE)
    except (BackendError, DependencyError) as error:
        finding = Finding(code="W_NO_POSTER", severity="warning", where="poster.webp", message=str(error), hint=error.hint or "")
        return None, Report(findings=(finding,))
    return image, Report()


def _names(sources: Sequence[Source], names: Sequence[str] | None) -> list[str]:
    """Return one folder name per source; two that would collide on any file system are an error."""
    if names is not None and len(names) != len(sources):
        raise InputError("E_NAME_COUNT", "one --name is needed for each input", expected=f"{len(sources)} names", found=f"{len(names)}")
    out = [_stem(fspath(source)) for source in sources] if names is None else [name.strip() for name in names]
    seen: dict[str, Source] = {}
    for name, source in zip(out, sources, strict=True):
        if fault := name_fault(name):
            if names is None and not exists(source):
                hint = "Folders are divided by / here." if "\\" in fspath(source) else "Check the name and the folder you are in."
                raise InputError("E_FILE_MISSING", "no such file", where=fspath(source), hint=hint)
            raise InputError("E_NAME", f"not a usable product name: {fault}", found=repr(name), hint="Give another with --name.")
        if name.casefold() in seen:
            raise InputError(
                "E_NAME_TWICE",
                f"two inputs would both be called {name!r}",
                where=f"{fspath(seen[name.casefold()])} and {fspath(source)}",
                hint="Give each its own name: --name once per input, in their order.",
            )
        seen[name.casefold()] = source
    return out


def _stem(source: str) -> str:
    """Return the name that an input gives its product; what is no file is told as such, not as a bad name."""
    if not source:
        raise InputError("E_FILE_MISSING", "no such file", found="an empty name", hint="Name the model file.")
    name = Path(source).stem.strip()
    if not name.strip(".") and Path(source).is_dir():
        raise InputError("E_FILE_KIND", "this is a folder, not a file", where=source, hint="Name the model file inside it.")
    return name
