"""What to try on: `Recipe`, its make-up and its glasses. The file form is ``arviz.tryon/1`` (arviz.tryon.recipe reads it)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from arviz.core.frozen import set_fields, vector

MakeupKind = Literal["lipstick", "eyeshadow", "blush"]
Finish = Literal["matte", "satin", "gloss"]


def _shares(name: str, *values: float) -> None:
    if not all(0 <= value <= 1 for value in values):
        raise ValueError(f"{name} is 0 to 1, found {values}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Makeup:
    """One layer of make-up.

    Parameters
    ----------
    kind : "lipstick", "eyeshadow" or "blush"
        Where it goes.
    albedo : (3,) float
        Reflectance of the product in full cover, linear Rec.709.
    coverage : float
        0 to 1: how much of the skin's own colour the product hides.
    finish : "matte", "satin" or "gloss"
    name : str
        What a shopper calls it; empty for none.
    """

    kind: MakeupKind
    albedo: tuple[float, ...]
    coverage: float
    finish: Finish = "matte"
    name: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(MakeupKind) or self.finish not in get_args(Finish):
            raise ValueError(f"no make-up is a {self.kind!r} that is {self.finish!r}")
        set_fields(self, albedo=vector(self.albedo, 3))
        _shares("albedo", *self.albedo)
        _shares("coverage", self.coverage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lens:
    """The lenses of a pair of glasses, where they differ from what the product's file says.

    Parameters
    ----------
    transmittance : (3,) float or None
        Share of light that passes straight through, linear Rec.709; None: as the file says.
    mirror : (3,) float or None
        Reflectance of a mirror coating at right angles; None: as the file says.
    rx_dioptre : (2,) float
        Spherical power of the right and the left lens as the wearer has them; (0, 0) for none.
    """

    transmittance: tuple[float, ...] | None = None
    mirror: tuple[float, ...] | None = None
    rx_dioptre: tuple[float, ...] = (0.0, 0.0)

    def __post_init__(self) -> None:
        for name in ("transmittance", "mirror"):
            value = getattr(self, name)
            if value is not None:
                set_fields(self, **{name: vector(value, 3)})
                _shares(name, *getattr(self, name))
        set_fields(self, rx_dioptre=vector(self.rx_dioptre, 2))
        if not all(-30 <= power <= 30 for power in self.rx_dioptre):
            raise ValueError(f"lenses have -30 to 30 dioptres, found {self.rx_dioptre}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Glasses:
    """A pair of glasses.

    Parameters
    ----------
    uri : str
        Where its file lies, relative to the recipe.
    sha256 : str or None
        What the file's bytes must be.
    width_m : float or None
        True width of the front; None: as large as the file says.
    variant : str or None
    lens : Lens
    name : str
    """

    uri: str
    sha256: str | None = None
    width_m: float | None = None
    variant: str | None = None
    lens: Lens = field(default_factory=Lens)
    name: str = ""

    def __post_init__(self) -> None:
        if self.width_m is not None and not 0.05 < self.width_m < 0.3:
            raise ValueError(f"glasses are 50 to 300 mm wide, found {self.width_m} m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to try on, in the order in which it is put on.

    Parameters
    ----------
    id : str
        Stable name of letters, digits and ``.-_``.
    title : str
    items : tuple of Makeup or Glasses
    extra : mapping
        Keys ``x-*`` of others, kept as they are.
    """

    id: str
    items: tuple[Makeup | Glasses, ...]
    title: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        set_fields(self, items=tuple(self.items))
        if not self.items:
            raise ValueError("a recipe has at least one item")

    @property
    def makeup(self) -> tuple[Makeup, ...]:
        """The layers of make-up, first below."""
        return tuple(item for item in self.items if isinstance(item, Makeup))

    @property
    def glasses(self) -> tuple[Glasses, ...]:
        """The glasses."""
        return tuple(item for item in self.items if isinstance(item, Glasses))
