"""Many shades of one product on one face, side by side: a contact sheet, and the figures of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt
from os import PathLike, fspath
from pathlib import Path
from typing import Any, get_args

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.colour import parse_hex, srgb_to_linear
from arviz.core.errors import ArvizError, InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.json_document import parse_json
from arviz.core.json_fields import Items, Number, Object, Text, read_fields
from arviz.core.recipe import Finish, Makeup, Recipe
from arviz.flows.fitting import FittedFace, Fitting
from arviz.flows.outputs import PICTURES, picture_bytes, refuse_existing, refuse_other_formats, write_files
from arviz.flows.recipe import RecipeSource, load_recipe
from arviz.flows.try_on import frame_of
from arviz.formats.files import Files
from arviz.vision.landmarks.estimator import LandmarkEstimator

SCHEMA, SHEET_SCHEMA = "arviz.shades/1", "arviz.tryon.shades/1"
Source = str | PathLike[str]
_TILE_PX, _TEXT_PX, _AROUND = 320, 28, 0.35
_FIELDS = Object(
    {
        "shades": Items(
            Object(
                {
                    "name": Text(),
                    "albedo_srgb": Text(pattern="#[0-9a-fA-F]{6}", form="#rrggbb"),
                    "finish": Text(choices=get_args(Finish), default=None),
                    "coverage": Number(low=0, high=1, default=None),
                }
            ),
            least=1,
            most=200,
        )
    }
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shades:
    """The contact sheet, each shade's recipe and what was measured on the face with it."""

    image: Image
    recipes: tuple[Recipe, ...]
    faces: tuple[FittedFace, ...]
    file: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form, ``arviz.tryon.shades/1``."""
        return {
            "schema": SHEET_SCHEMA,
            "shades": [{"name": recipe.title, **face.to_json()} for recipe, face in zip(self.recipes, self.faces, strict=True)],
            "file": None if self.file is None else str(self.file),
        }


def read_shades(data: bytes, recipe: Recipe, *, where: str = "shades") -> tuple[Recipe, ...]:
    """Return the recipe once for each shade: its last layer of make-up in that shade.

    Raises
    ------
    InputError
        ``E_SHADES``: not a list of shades, or the recipe has no make-up.
    """
    if not recipe.makeup:
        raise _refuse(recipe.id, "a recipe with make-up", "none")
    read = read_fields(parse_json(data, where=where, refuse=_refuse), _FIELDS, schema=SCHEMA, where=where, refuse=_refuse)
    last = max(index for index, item in enumerate(recipe.items) if isinstance(item, Makeup))
    return tuple(_in_shade(recipe, last, shade) for shade in read["shades"])


def _refuse(where: object, expected: str, found: str) -> ArvizError:
    return InputError(
        "E_SHADES",
        "not a list of shades",
        where=where,
        expected=expected,
        found=found,
        hint="docs/guide/tryon.md has an example.",
    )


def _in_shade(recipe: Recipe, index: int, shade: dict[str, Any]) -> Recipe:
    layer = recipe.items[index]
    assert isinstance(layer, Makeup)
    albedo = srgb_to_linear(np.array(parse_hex(shade["albedo_srgb"])) / 255)
    kept = {name: shade[name] for name in ("finish", "coverage") if shade[name] is not None}
    painted = replace(layer, albedo=tuple(albedo.tolist()), name=shade["name"], **kept)
    return replace(recipe, title=shade["name"], items=(*recipe.items[:index], painted, *recipe.items[index + 1 :]))


def shades(
    picture: Source | Image | Frame,
    recipe: RecipeSource,
    list_of_shades: Source,
    *,
    out: Source | None = None,
    camera: Source | Camera | None = None,
    backend: str = "mediapipe",
    estimator: LandmarkEstimator | None = None,
    force: bool = False,
) -> Shades:
    """Draw the largest face of a photo once in each shade.

    Parameters
    ----------
    picture : path, Image or Frame
    recipe : path, Recipe or mapping
        Its last layer of make-up changes.
    list_of_shades : path
        ``arviz.shades/1``.
    out : path, optional
        The contact sheet.

    Raises
    ------
    InputError
        As `try_on`; ``E_SHADES``; ``E_NO_FACE``.
    """
    wanted, folder = load_recipe(recipe)
    listed = Path(fspath(list_of_shades))
    recipes = read_shades(Files(listed, name=listed.name).read_input(), wanted, where=listed.name)
    target = None if out is None else Path(fspath(out))
    if target is not None:
        refuse_other_formats(target, tuple(PICTURES))
        refuse_existing([target], force=force, source=Path(fspath(picture)) if isinstance(picture, str | PathLike) else None)
    frame, _ = frame_of(picture, camera)
    tiles, faces = [], []
    with Fitting(wanted, folder=folder, backend=backend, estimator=estimator) as fitting:
        for one, fitted in zip(recipes, fitting.wear_each(frame, [one.makeup for one in recipes]), strict=True):
            if not fitted.faces:
                raise InputError(
                    "E_NO_FACE", "no face was found", hint="A face is found when it is at least 40 pixels wide, lit, and seen from before."
                )
            faces.append(fitted.faces[0])
            tiles.append(_tile(fitted.image, fitted.faces[0], one.title))
    sheet = _sheet(tiles)
    if target is not None:
        write_files({target: picture_bytes(sheet, target)})
    return Shades(image=sheet, recipes=recipes, faces=tuple(faces), file=target)


def _tile(image: Image, face: FittedFace, name: str) -> Array:
    """Return the face and its shade's name, (_TILE_PX + _TEXT_PX, _TILE_PX, 3)."""
    from PIL import Image as PillowImage
    from PIL import ImageDraw, ImageFont

    low, high = face.landmarks.points_px.min(axis=0), face.landmarks.points_px.max(axis=0)
    middle, half = (low + high) / 2, (0.5 + _AROUND) * float((high - low).max())
    whole = PillowImage.fromarray(image.pixels)
    tile = PillowImage.new("RGB", (_TILE_PX, _TILE_PX + _TEXT_PX), (255, 255, 255))
    box = tuple((np.concatenate([middle - half, middle + half]) + 0.5).tolist())
    tile.paste(
        whole.transform(
            (_TILE_PX, _TILE_PX), PillowImage.Transform.EXTENT, box, PillowImage.Resampling.BICUBIC, fill=1, fillcolor=(255, 255, 255)
        ),
        (0, 0),
    )
    font = ImageFont.load_default(size=_TEXT_PX * 0.55)
    ImageDraw.Draw(tile).text((_TILE_PX / 2, _TILE_PX + _TEXT_PX / 2), name, fill=(0, 0, 0), font=font, anchor="mm")
    return np.asarray(tile)


def _sheet(tiles: Sequence[Array]) -> Image:
    columns = ceil(sqrt(len(tiles)))
    rows = ceil(len(tiles) / columns)
    height, width = tiles[0].shape[:2]
    sheet = np.full((rows * height, columns * width, 3), 255, np.uint8)
    for index, tile in enumerate(tiles):
        y, x = index // columns * height, index % columns * width
        sheet[y : y + height, x : x + width] = tile
    return Image(pixels=sheet)
