"""Journey: products stand in a measured room: a picture like a photo, the facts, a floor plan, the furnished room in 3D."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import atan2, degrees, isfinite
from os import fspath
from pathlib import Path
from typing import Any, get_args

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Frame
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image, encode
from arviz.core.parts import unique
from arviz.core.placement import Arrangement, Outcome, Support
from arviz.core.report import Finding
from arviz.core.room import LightEstimate, Room
from arviz.core.room_file import read_room
from arviz.core.scene import Item
from arviz.flows.figures import figures_beside
from arviz.flows.frames import Source
from arviz.flows.outputs import refuse_existing, refuse_other_formats, refuse_twice, write_files
from arviz.flows.place_json import arrangement_to_json, product_to_json
from arviz.flows.plan import plan as draw_plan
from arviz.flows.render import check_variant, read_product
from arviz.flows.render import picture as product_picture
from arviz.flows.room_photo import depth_before, room_photo, share_shown
from arviz.flows.room_twin import room_twin
from arviz.formats.files import Files
from arviz.ops.join import in_variant, join
from arviz.place.floor.site import Site
from arviz.place.floor.site_of import site_of
from arviz.place.product.furniture import Furniture
from arviz.place.product.furniture_of import furniture_of
from arviz.place.product.moves import moves
from arviz.place.product.opened import opened as opened_asset
from arviz.place.rules import Rules, read_rules
from arviz.place.single.search import search, stand, why_not
from arviz.place.together.arrange import arrange, why_none
from arviz.place.ways.arranged import arranged
from arviz.render.into_photo import into_photo
from arviz.render.renderer import RENDERERS
from arviz.render.variants import variant_index
from arviz.vision.light.estimate import estimate_light

SCHEMA = "arviz.place/1"
BEST = 5
_LOOKED_AT, _SHOWN = 12, 0.5
"""With a photo so many places are compared, and one that it shows whole counts as this much better than one it does not show."""
_PICTURES = {".png": "PNG", ".webp": "WEBP", ".jpg": "JPEG", ".jpeg": "JPEG"}
_QUALITY = 92
_ASIDE_DEG, _POLAR_DEG = 25.0, 50.0
_PREVIEW_PX = (1280, 960)

_NO_DOOR = Finding(
    code="W_NO_DOOR_KNOWN",
    severity="warning",
    message="no door of this room is known: shut doors look like walls, and nothing keeps their way free",
    hint="Open the doors before you measure, or see that no product stands before one.",
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Placed:
    """Where products stand, how that looks, and where the files are."""

    site: Site
    furniture: tuple[Furniture, ...]
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
    room: Source | Room,
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
    room : path or Room
        What `arviz.estimate_room` or ``arviz room -o room.json`` measured; a mobile app builds a `Room` from its planes.
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

    Raises
    ------
    InputError
        ``E_SCALE_UNKNOWN``, ``E_NO_FLOOR``: the room says nothing in metres or has no floor; ``E_PRODUCT_SIZE``: a product
        without a size; a file cannot be read; an output exists.
    """
    files = _files(out=out, plan=plan, mesh=mesh, force=force)
    sources = [products] if isinstance(products, (str, Asset)) or not isinstance(products, Sequence) else list(products)
    if not sources:
        raise InputError("E_NO_PRODUCT", "there is no product to place", expected="one product or more", found="none")
    progress("reading", 0.0)
    book = rules if isinstance(rules, Rules) else read_rules(None if rules is None else fspath(rules), country=country)
    known = _room(room)
    site = site_of(known, rules=book)
    photo = None if frame is None else room_photo(frame, known, view=view, depth=depth, depth_scale=depth_scale)
    assets, findings = [], [*known.findings]
    if all(door.kind == "window" for door in site.doors):
        findings.append(_NO_DOOR)
    for source in sources:
        asset, found = read_product(source)
        assets.append(asset)
        findings += found
    chosen = [_each(values, len(assets), name) for values, name in ((variants, "variant"), (kinds, "kind"), (supports, "support"))]
    for asset, variant in zip(assets, chosen[0], strict=True):
        check_variant(asset, variant)
    names = unique([_name(asset, index) for index, asset in enumerate(assets)])
    furniture = tuple(
        furniture_of(asset, name=name, rules=book, kind=kind, support=_support(support))
        for asset, name, kind, support in zip(assets, names, chosen[1], chosen[2], strict=True)
    )
    shown = _opened(assets, opened)
    progress("searching", 0.2)
    best, why = _best(site, furniture, book, photo, at=at, yaw_rad=yaw_rad, wall=wall)
    image = None
    contents: dict[Path, bytes] = {}
    if best:
        items = [
            Item(asset=asset, world_from_asset=placement.world_from_asset, variant=variant)
            for asset, placement, variant in zip(shown, best[0].placements, chosen[0], strict=True)
        ]
        beside = figures_beside(site, furniture, best[0], figures, view=photo, rules=book)
        seen = [photo] if photo is not None and len(known.views) == 1 else []  # the pictures of `room.views`, all or none
        progress("drawing", 0.5)
        if photo is not None:
            image = _furnished(photo, [*items, *beside], known, light)
        if "picture" in files:
            drawn = image if image is not None else _doll_house([*items, *beside], known, seen)
            encoding = _PICTURES[files["picture"].suffix.lower()]
            contents[files["picture"]] = encode(drawn, encoding, quality=None if encoding == "PNG" else _QUALITY)
        if "plan" in files:
            contents[files["plan"]] = _plan(site, furniture, best[0], files["plan"])
        if "mesh" in files:
            contents[files["mesh"]] = _mesh(_together([*items, *beside], known, seen), files["mesh"])
    write_files(contents)
    written = {name: path for name, path in files.items() if path in contents}
    return Placed(
        site=site, furniture=furniture, best=best, why_not=why, image=image, files=written, findings=tuple(dict.fromkeys(findings))
    )


def _best(
    site: Site,
    furniture: Sequence[Furniture],
    rules: Rules,
    photo: Frame | None,
    *,
    at: Sequence[float] | None,
    yaw_rad: float | None,
    wall: int | None,
) -> tuple[tuple[Arrangement, ...], str]:
    """Return the best arrangements; none, and why, where nothing fits."""
    if (at is not None or yaw_rad is not None or wall is not None) and len(furniture) > 1:
        raise InputError(
            "E_PLACE_ONE",
            "a place is given for one product",
            expected="one product with --at, --yaw or --wall",
            found=f"{len(furniture)} products",
            hint="Place them one after the other, or let all of them be arranged.",
        )
    if at is not None:
        where = np.asarray(at, np.float64)
        if where.shape != (2,) or not np.isfinite(where).all() or not isfinite(yaw_rad or 0.0):
            raise InputError("E_PLACE_AT", "not a place", expected="X,Z in metres, finite", found=list(at))
        placement = stand(site, furniture[0], at_m=where, yaw_rad=yaw_rad or 0.0, rules=rules)
        return (arranged(site, furniture, [placement], rules=rules),), ""
    count = BEST if photo is None else _LOOKED_AT
    if yaw_rad is None and wall is None:
        found = arrange(site, furniture, rules=rules, best=count)
    else:
        places = search(site, furniture[0], rules=rules, best=count, yaw_rad=yaw_rad, wall=wall)
        found = tuple(arranged(site, furniture, [placement], rules=rules) for placement in places)
    if not found:
        if len(furniture) > 1:
            return (), why_none(site, furniture, rules=rules)
        return (), why_not(site, furniture[0], rules=rules, yaw_rad=yaw_rad, wall=wall)

    def worth(arrangement: Arrangement) -> tuple[bool, float]:
        shown = 1.0 if photo is None else min(share_shown(placement, photo) for placement in arrangement.placements)
        return arrangement.outcome != "fail", arrangement.score + _SHOWN * shown

    return tuple(sorted(found, key=worth, reverse=True)[:BEST]), ""


def _furnished(photo: Frame, items: Sequence[Item], room: Room, light: LightEstimate | None) -> Image:
    assert photo.world_from_camera is not None
    middle = np.mean([np.asarray(item.world_from_asset)[:3, 3] for item in items], axis=0)
    with RENDERERS.get("gl")() as renderer:
        return into_photo(
            photo.image,
            items,
            room=room,
            camera=photo.camera,
            world_from_camera=photo.world_from_camera,
            renderer=renderer,
            light=estimate_light(photo, room, at_m=middle, override=light),
            hidden_behind_m=depth_before(photo, room, renderer),
        ).image


def _together(items: Sequence[Item], room: Room, frames: Sequence[Frame]) -> Asset:
    """Return the measured room and what stands in it as one asset."""
    parts: list[tuple[str, Asset, Array]] = [("room", room_twin(room, frames=frames), np.eye(4))]
    for index, item in enumerate(items):
        one_look = in_variant(item.asset, variant_index(item.asset, item.variant))
        assert item.world_from_asset is not None
        parts.append((_name(item.asset, index), one_look, item.world_from_asset))
    return join(parts, name="furnished room")


def _doll_house(items: Sequence[Item], room: Room, frames: Sequence[Frame]) -> Image:
    """Return the room from above, from before the first product and a little aside."""
    pose = np.asarray(items[0].world_from_asset)
    azimuth = degrees(atan2(pose[0, 2], pose[2, 2])) + _ASIDE_DEG
    width, height = _PREVIEW_PX
    with RENDERERS.get("gl")() as renderer:
        return product_picture(
            _together(items, room, frames),
            renderer,
            width=width,
            height=height,
            orbit=f"{azimuth:.1f}deg {_POLAR_DEG}deg",
            background=(255, 255, 255),
            shadow=0.0,
        )


def _plan(site: Site, furniture: Sequence[Furniture], arrangement: Arrangement, path: Path) -> bytes:
    sheet = draw_plan(site, furniture, arrangement)
    if path.suffix.lower() == ".svg":
        return sheet.svg(title="Floor plan: " + ", ".join(piece.name for piece in furniture)).encode()
    return encode(sheet.image(), "PNG")


def _mesh(asset: Asset, path: Path) -> bytes:
    if path.suffix.lower() == ".glb":
        from arviz.formats.gltf.write import write_glb

        return write_glb(asset)
    from arviz.formats.usdz.write import write_usdz

    return write_usdz(asset, name=path.stem).data


def _room(room: Source | Room) -> Room:
    if isinstance(room, Room):
        return room
    path = Path(fspath(room))
    return read_room(Files(path, name=path.name).read_input(), where=path.name)


def _opened(assets: Sequence[Asset], names: Sequence[str]) -> list[Asset]:
    """Return the products with what is named open."""
    known = [[move.name for move in moves(asset)] for asset in assets]
    unknown = [name for name in names if name != "all" and not any(name in own for own in known)]
    if unknown:
        raise InputError(
            "E_MOVE_UNKNOWN",
            "nothing of that name opens",
            expected=", ".join(dict.fromkeys(name for own in known for name in own)) or "products with doors or drawers that open",
            found=unknown[0],
        )
    return [
        opened_asset(asset, moves=own if "all" in names else [n for n in own if n in names])
        for asset, own in zip(assets, known, strict=True)
    ]


def _support(name: str | None) -> Support | None:
    known: tuple[Support, ...] = get_args(Support)
    if name is None:
        return None
    for support in known:
        if name == support:
            return support
    raise InputError("E_SUPPORT", "nothing stands or hangs there", expected=", ".join(known), found=repr(name))


def _name(asset: Asset, index: int) -> str:
    return Path(asset.source.name).stem if asset.source is not None and asset.source.name else f"product {index + 1}"


def _each(values: Sequence[str], count: int, name: str) -> list[str | None]:
    """Return one value for each product: none, the same for all, or as given."""
    if len(values) > 1 and len(values) != count:
        raise InputError("E_PLACE_EACH", f"each product needs one {name}, or all the same", expected=f"1 or {count}", found=len(values))
    given: list[str | None] = [*values] or [None]
    return given if len(given) == count else given * count


def _files(*, force: bool, **asked: Source | None) -> dict[str, Path]:
    names = {"out": "picture", "plan": "plan", "mesh": "mesh"}
    files = {names[key]: Path(fspath(path)) for key, path in asked.items() if path is not None}
    for name, suffixes in (("picture", tuple(_PICTURES)), ("plan", (".svg", ".png")), ("mesh", (".glb", ".usdz"))):
        if name in files:
            refuse_other_formats(files[name], suffixes)
    refuse_twice(files)
    refuse_existing(files.values(), force=force)
    return files
