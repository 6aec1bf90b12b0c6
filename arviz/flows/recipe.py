"""Recipes as files: make a new one, and check that one can be tried on, the files that it names included."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.asset import Asset
from arviz.core.colour import parse_hex, srgb_to_linear
from arviz.core.errors import InputError
from arviz.core.recipe import Finish, Glasses, Lens, Makeup, MakeupKind, Recipe
from arviz.flows.outputs import refuse_existing, write_files
from arviz.formats.files import Files
from arviz.formats.read import read
from arviz.tryon.recipe import read_recipe, recipe_of, recipe_to_json

Source = str | PathLike[str]
RecipeSource = Source | Recipe | Mapping[str, Any]


def load_recipe(source: RecipeSource) -> tuple[Recipe, Path]:
    """Return a recipe, and the folder that the files it names are relative to: its own, else the working folder.

    Raises
    ------
    InputError
        ``E_RECIPE``, ``E_RECIPE_RUNTIME``; the file cannot be read.
    """
    if isinstance(source, Recipe):
        return source, Path()
    if isinstance(source, Mapping):
        return recipe_of(source), Path()
    path = Path(fspath(source))
    return read_recipe(Files(path, name=path.name).read_input(), where=path.name), path.parent


def read_glasses(glasses: Glasses, folder: Path) -> Asset:
    """Return the product that a recipe names; it lies in or below `folder`, as a recipe may come from a stranger.

    Raises
    ------
    InputError
        ``E_RECIPE_FILE``: it is not there, or not the file that the recipe means (sha256).
    LimitError
        ``E_EXTERNAL_URI``: it lies elsewhere.
    """
    data = Files(folder / "recipe", name="recipe").read(glasses.uri)
    if data is None:
        raise _other_file(glasses, "a product file beside the recipe", "none")
    found = hashlib.sha256(data).hexdigest()
    if glasses.sha256 is not None and found != glasses.sha256:
        raise _other_file(glasses, f"sha256 {glasses.sha256}", found)
    return read(folder / glasses.uri)


def _other_file(glasses: Glasses, expected: str, found: str) -> InputError:
    return InputError(
        "E_RECIPE_FILE",
        "the recipe's glasses are not where it says",
        where=glasses.uri,
        expected=expected,
        found=found,
        hint="Keep the product's file beside the recipe, as its uri names it, and make the recipe anew if the file has changed.",
    )


def check_recipe(source: RecipeSource) -> Recipe:
    """Return a recipe that can be tried on: it is right, and so are the files that it names.

    Raises
    ------
    InputError
        As `load_recipe` and `read_glasses`; what is wrong with a product's file.
    """
    recipe, folder = load_recipe(source)
    for glasses in recipe.glasses:
        read_glasses(glasses, folder)
    return recipe


def makeup(kind: MakeupKind, colour: str, *, finish: Finish = "satin", coverage: float = 0.85, name: str = "") -> Makeup:
    """Return a layer of make-up; `colour` is ``#rrggbb``, the product's reflectance encoded as sRGB.

    Raises
    ------
    InputError
        ``E_COLOUR_SYNTAX``.
    """
    albedo = srgb_to_linear(np.array(parse_hex(colour)) / 255)
    return Makeup(kind=kind, albedo=tuple(albedo.tolist()), coverage=coverage, finish=finish, name=name)


def glasses(product: Source, *, beside: Source, width_m: float | None = None, rx_dioptre: Sequence[float] = (0.0, 0.0)) -> Glasses:
    """Return a product's file as glasses of a recipe that will be written to `beside`.

    Raises
    ------
    InputError
        ``E_RECIPE_FILE``: the product lies elsewhere than in or below the recipe's folder.
    """
    path = Path(fspath(product))
    data = Files(path, name=path.name).read_input()
    folder = Path(fspath(beside)).resolve().parent
    if not path.resolve().is_relative_to(folder):
        raise InputError(
            "E_RECIPE_FILE",
            "a recipe's product lies in its folder or below",
            where=path,
            expected=f"a file in {folder}",
            hint="Copy the product beside the recipe: both travel together.",
        )
    uri = path.resolve().relative_to(folder).as_posix()
    lens = Lens(rx_dioptre=tuple(rx_dioptre))
    return Glasses(uri=uri, sha256=hashlib.sha256(data).hexdigest(), width_m=width_m, lens=lens)


def new_recipe(items: Sequence[Makeup | Glasses], *, out: Source, title: str = "", force: bool = False) -> Recipe:
    """Write a recipe file and return the recipe; its id is the file's name.

    Raises
    ------
    InputError
        The file exists, or its name is no id.
    """
    path = Path(fspath(out))
    refuse_existing([path], force=force)
    recipe = Recipe(id=path.name.removesuffix(".json").removesuffix(".tryon"), title=title, items=tuple(items))
    document = recipe_to_json(recipe)
    again = recipe_of(document, where=path.name)  # a name that is no id is refused before it is written
    write_files({path: (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()})
    return again
