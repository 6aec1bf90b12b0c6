"""What was found and measured: `Finding` and `Report`, the currency of every check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from arviz.core.frozen import EMPTY, FrozenDict, freeze, set_fields

Severity = Literal["error", "warning", "info"]
MOST_ALIKE = 20
"""Findings of one code that a list holds: nobody reads a thousand lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Name one thing that is wrong, doubtful or worth knowing.

    `code` is stable (``E_`` error, ``W_`` warning, ``I_`` information, or a Khronos validator code);
    `where` names the place inside the product, `hint` the cure.
    """

    code: str
    severity: Severity
    message: str
    where: str = ""
    hint: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the stable JSON form."""
        return {
            "code": self.code,
            "severity": self.severity,
            "where": self.where,
            "message": self.message,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Report:
    """Findings in the order found, and the figures measured on the way."""

    findings: tuple[Finding, ...] = ()
    figures: Mapping[str, Any] = field(default=EMPTY)

    def __post_init__(self) -> None:
        set_fields(self, findings=tuple(self.findings), figures=freeze(self.figures))

    @property
    def ok(self) -> bool:
        """True if no finding is an error."""
        return all(finding.severity != "error" for finding in self.findings)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings of severity error."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    def __add__(self, other: Report) -> Report:
        return Report(findings=self.findings + other.findings, figures=FrozenDict({**self.figures, **other.figures}))

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form."""
        return {"ok": self.ok, "findings": [f.to_json() for f in self.findings], "figures": dict(self.figures)}


def condensed(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return `findings` with at most `MOST_ALIKE` of each code, and how many more there were."""
    counts: dict[str, int] = {}
    out: list[Finding] = []
    for finding in findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
        if counts[finding.code] <= MOST_ALIKE:
            out.append(finding)
    for code, count in counts.items():
        if count > MOST_ALIKE:
            last = next(finding for finding in reversed(out) if finding.code == code)
            message = f"and {count - MOST_ALIKE:,} more of the same kind"
            out.append(Finding(code=code, severity=last.severity, message=message, hint=last.hint))
    return tuple(out)
