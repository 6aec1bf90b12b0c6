"""A measured length with its uncertainty: what every number in millimetres that a person reads is."""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple, NoReturn

_EXACT_M = 5e-7
"""A smaller sigma is none: the length is said by a file, not measured."""

_REFUSED = "lengths are not reckoned with: use .value_m, and think about .sigma_m"


class Length(NamedTuple):
    """How long something is, how sure that is, and what says so."""

    value_m: float
    sigma_m: float
    """Standard deviation: the truth lies within two of them in 19 of 20 cases."""
    source: str = ""

    def __str__(self) -> str:
        """Return for example ``"1204 +- 9 mm"``: the value is not written finer than its sigma; ``"1204 mm"`` where it has none."""
        if self.sigma_m < _EXACT_M:
            return f"{self.value_m * 1000:.0f} mm"
        return f"{self.value_m * 1000:.{self._digits()}f} +- {self.sigma_m * 1000:.{self._digits()}f} mm"

    def __float__(self) -> float:
        return self.value_m

    def __add__(self, other: object) -> NoReturn:
        # A tuple would be put end to end; and lengths of one room share its scale, so that their sigmas do not just add up.
        raise TypeError(_REFUSED)

    def __radd__(self, other: object) -> NoReturn:
        raise TypeError(_REFUSED)

    def __mul__(self, other: object) -> NoReturn:
        raise TypeError(_REFUSED)

    def __rmul__(self, other: object) -> NoReturn:
        raise TypeError(_REFUSED)

    def _digits(self) -> int:
        if self.sigma_m >= 0.002:
            return 0
        # A sigma that is not 0 is not written as 0, down to a micrometre.
        return next((digits for digits in (1, 2) if round(self.sigma_m * 1000, digits) > 0), 3)

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form, in millimetres."""
        if not (isfinite(self.value_m) and isfinite(self.sigma_m)):
            raise ValueError("a length and its sigma are finite")
        return {"mm": round(self.value_m * 1000, 2), "sigma_mm": round(self.sigma_m * 1000, 2), "source": self.source}
