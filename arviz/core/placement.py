"""Where products stand in a room, and what is known of it: `RuleResult`, `Clearance`, `Placement`, `Walk`, `Arrangement`."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees, erf, sqrt
from typing import Literal, get_args

import numpy as np

from arviz.core.above import InNotebook
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.length import Length

Support = Literal["floor", "wall", "table"]
Outcome = Literal["pass", "fail", "unsure"]
RuleOutcome = Literal["pass", "fail", "unsure", "before"]
"""Of one rule; ``before``: there was too little already, and the products took nothing of it."""
_SAME_M = 1e-3
SURE = 0.975
"""A rule passes or fails when that is this likely: two standard deviations, counted on one side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """What a rule asks for, what there is, and where.

    Parameters
    ----------
    rule : str
        Its id in the rule file, such as ``walkway``.
    where : str
        What it was measured between, in words: ``"sofa, front - wall 2"``.
    needed_m : float
    found : Length
    source : str
        Who says so, and for which country.
    before : Length or None
        What there was without the products: they do not answer for what was too little already and is no less now.
    """

    rule: str
    where: str
    needed_m: float
    found: Length
    source: str
    before: Length | None = None

    @property
    def likelihood(self) -> float:
        """How likely it is that there is as much as needed, the error of `found` being normal."""
        over = self.found.value_m - self.needed_m
        if self.found.sigma_m <= 0:
            return 1.0 if over >= -1e-9 else 0.0
        return 0.5 * (1 + erf(over / (self.found.sigma_m * sqrt(2))))

    @property
    def outcome(self) -> RuleOutcome:
        """``pass`` or ``fail`` where the measurement is good enough to say so, else ``unsure``; ``before``: the room, not the products."""
        if self.likelihood >= SURE:
            return "pass"
        if self.before is not None and self.before.value_m < self.needed_m and self.found.value_m >= self.before.value_m - _SAME_M:
            return "before"
        return "fail" if self.likelihood <= 1 - SURE else "unsure"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Clearance:
    """How much air is between a product and what is near.

    Parameters
    ----------
    side : str
        Of the product: ``behind``, ``front``, ``left``, ``right`` (as one who looks at its front sees them), ``above``.
    to : str
        ``"wall 2"``, ``"door 1"``, ``"obstacle"``, or the name of a product.
    length : Length
    ends_m : ndarray (2, 2) float64 or None
        World (x, z) of both ends, on the product first; None for heights.
    """

    side: str
    to: str
    length: Length
    ends_m: Array | None = None

    def __post_init__(self) -> None:
        if self.ends_m is not None:
            set_fields(self, ends_m=readonly(self.ends_m, np.float64))

    def __repr__(self) -> str:
        return f"Clearance({self.side} to {self.to}: {self.length})"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Placement(InNotebook):
    """A product in its place.

    Parameters
    ----------
    product : str
        Its name, unique among the products of an arrangement.
    support : str
        What carries it.
    plane : int or None
        Index of that floor, wall or table in `Room.planes`.
    world_from_asset : ndarray (4, 4) float64
        Rigid: the product is as large as it is.
    outline_m : ndarray (N, 2) float64
        World (x, z) of the convex hull of what it covers.
    score : float
        0 to 1: how good a place it is beside others in the same room.
    reasons : tuple of str
        Why, in words: ``"back to the longest wall"``.
    clearances : tuple of Clearance
        What is near, side by side.
    rules : tuple of RuleResult
    blocked : tuple of str
        What can no longer be used or reached.
    """

    product: str
    support: Support
    plane: int | None
    world_from_asset: Array
    outline_m: Array
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    clearances: tuple[Clearance, ...] = ()
    rules: tuple[RuleResult, ...] = ()
    blocked: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        pose, outline = readonly(self.world_from_asset, np.float64), readonly(self.outline_m, np.float64)
        if pose.shape != (4, 4) or not np.isfinite(pose).all():
            raise ValueError("a pose is a finite (4, 4) matrix")
        if outline.ndim != 2 or outline.shape[1] != 2 or not np.isfinite(outline).all():
            raise ValueError(f"a footprint is finite (N, 2), found {outline.shape}")
        if self.support not in get_args(Support):
            raise ValueError(f"nothing stands on a {self.support!r}")
        set_fields(self, world_from_asset=pose, outline_m=outline)
        for name in ("reasons", "clearances", "rules", "blocked"):
            set_fields(self, **{name: tuple(getattr(self, name))})

    def __repr__(self) -> str:
        x, _, z = self.world_from_asset[:3, 3]
        return f"Placement({self.product!r}, {self.support}, x {x:.2f} m, z {z:.2f} m, yaw {degrees(self.yaw_rad):.0f} deg, {self.outcome})"

    @property
    def yaw_rad(self) -> float:
        """Its turn about +Y from the front to +Z."""
        return atan2(self.world_from_asset[0, 2], self.world_from_asset[2, 2])

    @property
    def outcome(self) -> Outcome:
        """The worst of its rules; ``fail`` where something is blocked."""
        return "fail" if self.blocked else worst(self.rules)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Walk:
    """The shortest way on foot between two points of use.

    Parameters
    ----------
    start, end : str
        ``door 1``, ``sofa``, ``refrigerator`` ...
    path_m : ndarray (N, 2) float64
        World (x, z); no rows where there is no way.
    length : Length or None
        None where there is no way.
    pinch : Length or None
        The free width at the narrowest place of the widest way.
    pinch_m : tuple of float or None
        World (x, z) of that place.
    """

    start: str
    end: str
    path_m: Array
    length: Length | None = None
    pinch: Length | None = None
    pinch_m: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        path = readonly(self.path_m, np.float64)
        if path.ndim != 2 or path.shape[1] != 2 or not np.isfinite(path).all():
            raise ValueError(f"a path is finite (N, 2), found {path.shape}")
        set_fields(self, path_m=path)

    def __repr__(self) -> str:
        return f"Walk({self.start} to {self.end}: {self.length or 'no way'}, narrowest {self.pinch or 'unknown'})"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Arrangement(InNotebook):
    """All products in their places, and what only all of them together decide.

    Parameters
    ----------
    placements : tuple of Placement
        In the order in which the products were given.
    score : float
        0 to 1.
    rules : tuple of RuleResult
        Of the room as a whole: walkways.
    before, after : tuple of Walk
        The same ways without the products and with them.
    """

    placements: tuple[Placement, ...]
    score: float
    rules: tuple[RuleResult, ...] = ()
    before: tuple[Walk, ...] = ()
    after: tuple[Walk, ...] = ()

    def __post_init__(self) -> None:
        for name in ("placements", "rules", "before", "after"):
            set_fields(self, **{name: tuple(getattr(self, name))})

    def __repr__(self) -> str:
        return f"Arrangement({', '.join(map(repr, self.placements))}, {self.outcome}, score {self.score:.2f})"

    @property
    def outcome(self) -> Outcome:
        """The worst of everything."""
        outcomes = {placement.outcome for placement in self.placements} | {worst(self.rules)}
        return next(outcome for outcome in ("fail", "unsure", "pass") if outcome in outcomes)


def worst(rules: tuple[RuleResult, ...]) -> Outcome:
    """Return the worst outcome of rules, ``pass`` where there are none; for ``before`` the products do not answer."""
    outcomes = {rule.outcome for rule in rules}
    return "fail" if "fail" in outcomes else "unsure" if "unsure" in outcomes else "pass"
