"""Journey: products stand in a measured room: a picture like a photo, the facts, a floor plan, the furnished room in 3D."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from os import fspath
from pathlib import Path
from typing import Any

from arviz.core.above import InNotebook
from arviz.core.asset import Asset
from arviz.core.camera import Frame
from arviz.core.image import Image
from arviz.core.placement import Arrangement, Outcome, Placement
from arviz.core.report import Finding
from arviz.core.room import LightEstimate, Room, View
from arviz.core.room_file import read_room
from arviz.flows.figures import check_figures
from arviz.flows.frames import Source
from arviz.flows.outputs import PICTURES, refuse_existing, refuse_other_formats, refuse_twice, write_files
from arviz.flows.place_draw import draw
from arviz.flows.place_json import arrangement_to_json, product_to_json
from arviz.flows.place_products import read_products
from arviz.flows.place_search import best_places
from arviz.flows.room import MeasuredRoom
from arviz.flows.room_photo import room_photo
from arviz.formats.files import Files
from arviz.place.floor.given import with_given
from arviz.place.floor.site import Site
from arviz.place.floor.site_of import site_of
from arviz.place.product.furniture import Furniture
from arviz.place.rules import Rules, read_rules

SCHEMA = "arviz.place/1"

_NO_DOOR = Finding(
    code="W_NO_DOOR_KNOWN",
    severity="warning",
    message="no door of this room is known: shut doors look like walls, and nothing keeps their way free",
    hint="Name each: --door WALL:FROM-TO (doors= in Python), metres along a wall as --plan shows them; or measure with the doors open.",
)
_NO_OBSTACLES = Finding(
    code="W_OBSTACLES_UNKNOWN",
    severity="warning",
    message="nothing says what stands in this room: only its floor and walls are known",
    hint="Measure it with depth or with a capture that names furniture, or see for yourself that the place is free.",
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Placed(InNotebook):
    """Where products stand, how that looks, and where the files are."""

    site: Site = field(repr=False)
    furniture: tuple[Furniture, ...] = field(repr=False)
    best: tuple[Arrangement, ...]
    """The best arrangements, best first; empty where nothing fits."""
    why_not: str = ""
    """Why nothing fits, in words."""
    image: Image | None = None
    """The photo with the products in it; None without a photo."""
    files: dict[str, Path] = field(default_factory=dict)
    """``picture``, ``plan``, ``mesh`` -> where."""
    findings: tuple[Finding, ...] = ()

    @property
    def arrangement(self) -> Arrangement | None:
        """The one that is drawn: the best."""
        return self.best[0] if self.best else None

    @property
    def placements(self) -> tuple[Placement, ...]:
        """Of the best arrangement, one for each product; none where nothing fits: `why_not` says why."""
        return () if self.arrangement is None else self.arrangement.placements

    @property
    def outcome(self) -> Outcome:
        """The worst of all rules; ``fail`` where nothing fits."""
        return "fail" if self.arrangement is None else self.arrangement.outcome

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form, ``arviz.place/1``: lengths in millimetres."""
        scale = self.site.room.scale
        return {
            "schema": SCHEMA,
            "outcome": self.outcome,
            "scale": None if scale is None else {"sigma": scale.sigma, "source": scale.source},
            "products": [product_to_json(piece) for piece in self.furniture],
            "best": [arrangement_to_json(one) for one in self.best],
            "why_not": self.why_not or None,
            "findings": [finding.to_json() for finding in self.findings],
            "files": {name: str(path) for name, path in self.files.items()},
        }


def place(
    products: Source | Asset | Sequence[Source | Asset],
    *,
    room: Source | Room | MeasuredRoom,
    frame: Source | Frame | None = None,
    view: int | None = None,
    depth: Source | None = None,
    depth_scale: float | str | None = None,
    out: Source | None = None,
    plan: Source | None = None,
    mesh: Source | None = None,
    at: Sequence[float] | None = None,
    yaw_rad: float | None = None,
    wall: int | None = None,
    doors: Sequence[str] = (),
    windows: Sequence[str] = (),
    radiators: Sequence[str] = (),
    variants: Sequence[str] = (),
    kinds: Sequence[str] = (),
    supports: Sequence[str] = (),
    opened: Sequence[str] = (),
    figures: Sequence[str] = (),
    rules: Source | Rules | None = None,
    country: str | None = None,
    light: LightEstimate | None = None,
    force: bool = False,
    progress: Callable[[str, float], None] = lambda step, share: None,
) -> Placed:
    """Find the best places for products in a measured room, say what they do there, and draw them.

    Parameters
    ----------
    products : path, Asset, or several
        Products of known size; several are arranged together.
    room : path, Room or MeasuredRoom
        What `arviz.room`, `arviz.estimate_room` or ``arviz room -o room.json`` measured; a mobile app builds a `Room` from its planes.
    frame : path or Frame, optional
        The photo that is furnished: one that the room was measured from, or a `Frame` with ``world_from_camera``.
    view, depth, depth_scale
        As `arviz.flows.room_photo.room_photo` takes them.
    out : path, optional
        The picture, ``.png``, ``.webp`` or ``.jpg``: the furnished photo; without a photo the measured room from above.
    plan : path, optional
        The floor plan with dimensions, ``.svg`` or ``.png``.
    mesh : path, optional
        The furnished room, ``.glb`` or ``.usdz``.
    at : (2,) float, optional
        World (x, z) in metres of the only product's origin, instead of a search.
    yaw_rad : float, optional
        Its turn about +Y from the front to +Z; also narrows a search.
    wall : int, optional
        Index in `Room.planes` of the wall that it stands or hangs at.
    doors, windows, radiators : sequence of str
        What no camera sees, or took for a wall: ``WALL:FROM-TO``, a wall's number and metres along it as the plan shows them
        (see `arviz.place.floor.given.with_given`). Known in this run only.
    variants, kinds, supports : sequence of str
        One for all products, or one each: the material variant, what it is (``sofa``, ``rug`` ...) and what carries it
        (``floor``, ``wall``, ``table``). Default: the default look; what the file and its name say.
    opened : sequence of str
        Moves that are drawn open, by their names; ``all``.
    figures : sequence of str
        Figures for scale that stand beside: ``adult``, ``child``, ``cat``, ``dog`` ...
    rules : path or Rules, optional
        Rules of your own (``arviz.rules/1``).
    country : str, optional
        Whose shipped rules: ``us``, ``de``.
    light : LightEstimate, optional
        Instead of the estimate.
    force : bool
        Replace files that exist.
    progress : callable
        Told a step and how far it is, 0 to 1; ``print`` will do.

    Returns
    -------
    Placed
        `Placed.placements` with their clearances; empty where nothing fits, and `Placed.why_not` says why. No file is written then.

    Raises
    ------
    InputError
        ``E_SCALE_UNKNOWN``, ``E_NO_FLOOR``: the room says nothing in metres or has no floor; ``E_PRODUCT_SIZE``: a product
        without a size; ``E_WALL_PART``: a door that lies in no wall; a file cannot be read; an output exists.
    """
    files = _files(out=out, plan=plan, mesh=mesh, force=force)
    check_figures(figures)
    progress("reading", 0.0)
    book = rules if isinstance(rules, Rules) else read_rules(None if rules is None else fspath(rules), country=country)
    site = _site(_room(room), doors=doors, windows=windows, radiators=radiators, rules=book)
    photo = None if frame is None else room_photo(frame, site.room, view=view, depth=depth, depth_scale=depth_scale)
    if photo is not None and photo.world_from_camera is not None:
        site = replace(site, view=View(camera=photo.camera, world_from_camera=photo.world_from_camera))
    goods = read_products(products, variants=variants, kinds=kinds, supports=supports, opened=opened, rules=book)
    progress("searching", 0.2)
    best, why = best_places(site, goods.furniture, book, at=at, yaw_rad=yaw_rad, wall=wall)
    drawn = None
    if best:
        progress("drawing", 0.5)
        drawn = draw(site, goods, best[0], files=files, photo=photo, figures=figures, light=light, rules=book)
        write_files(drawn.contents)
    findings = (*site.room.findings, *unknown_of(site), *goods.findings, *(() if drawn is None else drawn.findings))
    return Placed(
        site=site,
        furniture=goods.furniture,
        best=best,
        why_not=why,
        image=None if drawn is None else drawn.image,
        files={} if drawn is None else files,
        findings=tuple(dict.fromkeys(findings)),
    )


def _site(room: Room, *, doors: Sequence[str], windows: Sequence[str], radiators: Sequence[str], rules: Rules) -> Site:
    """Return the floor plan of a room, with what is said of its walls."""
    site = site_of(room, rules=rules)
    if not (doors or windows or radiators):
        return site
    return site_of(with_given(site, doors=doors, windows=windows, radiators=radiators), rules=rules)


def unknown_of(site: Site) -> tuple[Finding, ...]:
    """Return what nobody knows of a room and a product may stand in the way of."""
    no_door = all(door.kind == "window" for door in site.doors)
    return ((_NO_DOOR,) if no_door else ()) + (() if site.obstacles_known else (_NO_OBSTACLES,))


def _room(room: Source | Room | MeasuredRoom) -> Room:
    if isinstance(room, Room):
        return room
    if isinstance(room, MeasuredRoom):
        return room.room
    path = Path(fspath(room))
    return read_room(Files(path, name=path.name).read_input(), where=path.name)


def _files(*, force: bool, **asked: Source | None) -> dict[str, Path]:
    names = {"out": "picture", "plan": "plan", "mesh": "mesh"}
    files = {names[key]: Path(fspath(path)) for key, path in asked.items() if path is not None}
    for name, suffixes in (("picture", tuple(PICTURES)), ("plan", (".svg", ".png")), ("mesh", (".glb", ".usdz"))):
        if name in files:
            refuse_other_formats(files[name], suffixes)
    refuse_twice(files)
    refuse_existing(files.values(), force=force)
    return files
