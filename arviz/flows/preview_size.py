"""Whether a product that is looked at is as large as its listing says; as `arviz check` judges it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from arviz.check.size import TOLERANCE, check_extent
from arviz.core.report import Finding


class Side(NamedTuple):
    """One side of a product beside what is listed."""

    name: str
    """``width``, ``depth`` or ``height``."""
    size_m: float
    listed_m: float
    ok: bool

    @property
    def off_m(self) -> float:
        """How much larger it is than listed."""
        return self.size_m - self.listed_m

    @property
    def off_percent(self) -> float:
        """The same, of what is listed."""
        return 100 * self.off_m / self.listed_m


class Judged(NamedTuple):
    """What became of a comparison with a listing."""

    ok: bool
    sides: tuple[Side, ...]
    findings: tuple[Finding, ...]


def judged(size_m: Sequence[float], listed_m: Sequence[float], *, unit: str = "m") -> Judged:
    """Compare an extent (x, y, z) in metres with a listed one; `unit` is that of the file."""
    report = check_extent(size_m, listed_m=listed_m, unit=unit)
    names = (("width", 0), ("depth", 2), ("height", 1))
    sides = (Side(name, size_m[at], listed_m[at], abs(size_m[at] / listed_m[at] - 1) <= TOLERANCE) for name, at in names)
    return Judged(report.ok, tuple(sides), report.findings)
