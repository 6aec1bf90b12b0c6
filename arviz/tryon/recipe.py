"""Recipe files, ``arviz.tryon/1``: what to try on, for Python and for browsers alike.

::

    {"schema": "arviz.tryon/1", "id": "evening", "title": "Evening look", "items": [
      {"kind": "lipstick", "albedo_srgb": "#B0263A", "finish": "satin", "coverage": 0.85, "name": "Ruby"},
      {"kind": "glasses", "asset": {"uri": "glasses.glb", "width_mm": 140}, "lens": {"rx_dioptre": [-2.0, -2.5]}}]}

Items are put on in this order, glasses always last. ``albedo_srgb`` is the product's reflectance in full cover, encoded as
sRGB: what a spectrophotometer or a flat scan says of it, not what a campaign picture shows. ``brdf``, ``mask`` and ``light`` name
the definitions that pixels follow, so that a recipe looks the same wherever it is drawn. Keys ``x-*`` are kept, all other
unknown keys refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np

from arviz.core.colour import linear_to_srgb, parse_hex, srgb_to_linear, to_uint8
from arviz.core.errors import ArvizError, InputError
from arviz.core.json_document import parse_json
from arviz.core.json_fields import Items, Number, Object, OneOf, Text, read_fields
from arviz.core.json_schema import json_schema
from arviz.core.recipe import Finish, Glasses, Lens, Makeup, MakeupKind, Recipe

SCHEMA = "arviz.tryon/1"
RUNTIME = 1
"""Version of what this library can draw; a recipe may ask for a later one."""
DEFINITIONS = {"brdf": "arviz.brdf/1", "mask": "arviz.mask/1", "light": "arviz.light/1"}
_MOST_ITEMS = 20
_RGB = Items(Number(low=0, high=1), least=3, most=3, default=None)

_MAKEUP = {
    "albedo_srgb": Text(pattern="#[0-9a-fA-F]{6}", form="#rrggbb"),
    "coverage": Number(low=0, high=1, default=0.85),
    "finish": Text(choices=get_args(Finish), default="satin"),
    "name": Text(default=""),
}
_ASSET = Object(
    {
        "uri": Text(),
        "sha256": Text(pattern="[0-9a-f]{64}", form="64 hexadecimal digits of lower case", default=None),
        "width_mm": Number(low=50, high=300, default=None),
    }
)
_LENS = Object(
    {
        "transmittance": _RGB,
        "mirror": _RGB,
        "rx_dioptre": Items(Number(low=-30, high=30), least=2, most=2, default=(0.0, 0.0)),
    },
    default={},
)
_GLASSES = {"asset": _ASSET, "variant": Text(default=None), "lens": _LENS, "name": Text(default="")}
FIELDS = Object(
    {
        "id": Text(pattern="[A-Za-z0-9._-]{1,100}", form="letters, digits and . _ -"),
        "title": Text(default=""),
        "minimum_runtime": Number(low=1, whole=True, default=RUNTIME),
        **{name: Text(choices=(value,), default=value) for name, value in DEFINITIONS.items()},
        "items": Items(
            OneOf("kind", {**{kind: Object(_MAKEUP) for kind in get_args(MakeupKind)}, "glasses": Object(_GLASSES)}),
            least=1,
            most=_MOST_ITEMS,
        ),
    }
)


def _refuse(where: object, expected: str, found: str) -> ArvizError:
    return InputError(
        "E_RECIPE",
        "not a recipe that can be tried on",
        where=where,
        expected=expected,
        found=found,
        hint="`arviz recipe new` writes one that is right; docs/guide/tryon.md describes the file.",
    )


def read_recipe(data: bytes, *, where: str = "recipe") -> Recipe:
    """Return the recipe that a file holds.

    Raises
    ------
    InputError
        ``E_RECIPE``, with the place, what is expected and what was found; ``E_RECIPE_RUNTIME``: it asks for a later version.
    LimitError
        The file is too large or too deep.
    """
    return recipe_of(parse_json(data, where=where, refuse=_refuse), where=where)


def recipe_of(values: Mapping[str, Any], *, where: str = "recipe") -> Recipe:
    """Return the recipe that a parsed file holds; raises as `read_recipe`."""
    read = read_fields(values, FIELDS, schema=SCHEMA, where=where, refuse=_refuse)
    if read["minimum_runtime"] > RUNTIME:
        raise InputError(
            "E_RECIPE_RUNTIME",
            "the recipe asks for a later arviz",
            where=where,
            expected=f"minimum_runtime {RUNTIME} or less",
            found=str(read["minimum_runtime"]),
            hint="Install a later arviz3d.",
        )
    return Recipe(
        id=read["id"],
        title=read["title"],
        items=tuple(map(_item, read["items"])),
        extra={k: v for k, v in values.items() if k.startswith("x-")},
    )


def _item(read: Mapping[str, Any]) -> Makeup | Glasses:
    if read["kind"] == "glasses":
        asset = read["asset"]
        return Glasses(
            uri=asset["uri"],
            sha256=asset["sha256"],
            width_m=None if asset["width_mm"] is None else asset["width_mm"] / 1000,
            variant=read["variant"],
            lens=Lens(**read["lens"]),
            name=read["name"],
        )
    albedo = srgb_to_linear(np.array(parse_hex(read["albedo_srgb"])) / 255)
    return Makeup(kind=read["kind"], albedo=tuple(albedo.tolist()), coverage=read["coverage"], finish=read["finish"], name=read["name"])


def recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    """Return the file form of a recipe; reading it gives the same recipe, colours to 8 bits."""
    out: dict[str, Any] = {"schema": SCHEMA, "id": recipe.id, "title": recipe.title, "minimum_runtime": RUNTIME, **DEFINITIONS}
    return {**out, "items": [_to_json(item) for item in recipe.items], **recipe.extra}


def _to_json(item: Makeup | Glasses) -> dict[str, Any]:
    if isinstance(item, Makeup):
        code = "#" + bytes(to_uint8(linear_to_srgb(np.array(item.albedo)))).hex().upper()
        return {"kind": item.kind, "albedo_srgb": code, "coverage": item.coverage, "finish": item.finish, "name": item.name}
    width = None if item.width_m is None else round(item.width_m * 1000, 3)
    lens = {"transmittance": item.lens.transmittance, "mirror": item.lens.mirror, "rx_dioptre": item.lens.rx_dioptre}
    return {
        "kind": "glasses",
        "asset": {"uri": item.uri, "sha256": item.sha256, "width_mm": width},
        "variant": item.variant,
        "lens": {name: None if value is None else list(value) for name, value in lens.items()},
        "name": item.name,
    }


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema of recipe files."""
    return json_schema(FIELDS, schema=SCHEMA, title="What to try on")
