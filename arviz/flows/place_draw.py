"""What is drawn of products in their places: the furnished photo, the room as a doll's house, the plan, the room in 3D."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atan2, degrees
from pathlib import Path

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Frame
from arviz.core.frozen import Array
from arviz.core.image import Image, encode
from arviz.core.placement import Arrangement
from arviz.core.report import Finding
from arviz.core.room import LightEstimate, Room
from arviz.core.scene import Item
from arviz.flows.figures import figures_beside
from arviz.flows.outputs import picture_bytes
from arviz.flows.place_products import Products
from arviz.flows.plan import plan
from arviz.flows.render import picture as product_picture
from arviz.flows.room_photo import depth_before
from arviz.flows.room_twin import room_twin
from arviz.ops.join import join
from arviz.place.floor.site import Site
from arviz.place.rules import Rules
from arviz.render.into_photo import into_photo
from arviz.render.renderer import RENDERERS
from arviz.vision.light.estimate import estimate_light

_ASIDE_DEG, _POLAR_DEG = 25.0, 50.0
_PREVIEW_PX = (1280, 960)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Drawn:
    """The photo with the products in it, None without a photo; the bytes of each file; what is doubtful about the pictures."""

    image: Image | None
    contents: dict[Path, bytes]
    findings: tuple[Finding, ...]


def draw(
    site: Site,
    products: Products,
    arrangement: Arrangement,
    *,
    files: Mapping[str, Path],
    photo: Frame | None,
    figures: Sequence[str],
    light: LightEstimate | None,
    rules: Rules,
) -> Drawn:
    """Draw products in their places, and figures beside them: what `files` (``picture``, ``plan``, ``mesh``) ask for."""
    room = site.room
    items = products.items(arrangement)
    beside, findings = figures_beside(site, products.furniture, arrangement, figures, view=photo, standing=items, rules=rules)
    items += beside
    image = None if photo is None else _furnished(photo, items, room, light)
    seen = [photo] if photo is not None and len(room.views) == 1 else []  # the pictures of `room.views`, all or none
    contents = {}
    if "picture" in files:
        drawn = _doll_house(items, room) if image is None else image
        contents[files["picture"]] = picture_bytes(drawn, files["picture"])
    if "plan" in files:
        contents[files["plan"]] = _plan(site, products, arrangement, files["plan"])
    if "mesh" in files:
        contents[files["mesh"]] = _mesh(_together(items, room, seen), files["mesh"])
    return Drawn(image=image, contents=contents, findings=findings)


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
        assert item.world_from_asset is not None
        source = item.asset.source
        name = Path(source.name).stem if source is not None and source.name else f"product {index + 1}"
        parts.append((name, item.asset, item.world_from_asset))
    return join(parts, name="furnished room")


def _doll_house(items: Sequence[Item], room: Room) -> Image:
    """Return the room from above, from before the first product and a little aside."""
    pose = np.asarray(items[0].world_from_asset)
    azimuth = degrees(atan2(pose[0, 2], pose[2, 2])) + _ASIDE_DEG
    width, height = _PREVIEW_PX
    with RENDERERS.get("gl")() as renderer:
        return product_picture(
            _together(items, room, ()),
            renderer,
            width=width,
            height=height,
            orbit=f"{azimuth:.1f}deg {_POLAR_DEG}deg",
            background=(255, 255, 255),
            shadow=0.0,
        )


def _plan(site: Site, products: Products, arrangement: Arrangement, path: Path) -> bytes:
    sheet = plan(site, products.furniture, arrangement)
    if path.suffix.lower() == ".svg":
        return sheet.svg(title="Floor plan: " + ", ".join(piece.name for piece in products.furniture)).encode()
    return encode(sheet.image(), "PNG")


def _mesh(asset: Asset, path: Path) -> bytes:
    if path.suffix.lower() == ".glb":
        from arviz.formats.gltf.write import write_glb

        return write_glb(asset)
    from arviz.formats.usdz.write import write_usdz

    return write_usdz(asset, name=path.stem).data
