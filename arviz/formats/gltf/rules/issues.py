"""Collect findings while a document is looked through: bounded in number, one severity per code."""

from __future__ import annotations

from arviz.core.report import Finding, Report
from arviz.formats.gltf.rules.codes import CODES

MOST_PER_CODE = 50
"""Findings kept of one code: a broken exporter repeats one mistake a thousand times."""
_LONGEST = 300


class Issues:
    """Findings in the order found; of each code at most `MOST_PER_CODE`, the rest is counted."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._count: dict[str, int] = {}

    def add(self, code: str, where: str = "", detail: object = "") -> None:
        """Note `code` at `where` (a JSON pointer, or ``@byte``); `detail` says what was found there."""
        count = self._count[code] = self._count.get(code, 0) + 1
        if count > MOST_PER_CODE:
            return
        severity, message = CODES[code]
        found = _printable(detail)
        self._findings.append(
            Finding(code=code, severity=severity, where=_printable(where), message=f"{message}: {found}" if found else message)
        )

    def append(self, finding: Finding) -> None:
        """Keep a finding made elsewhere."""
        self._findings.append(finding)

    def report(self) -> Report:
        """Return what was found; `figures` hold how often each code occurred where some were left out."""
        more = {code: count for code, count in self._count.items() if count > MOST_PER_CODE}
        return Report(findings=tuple(self._findings), figures={"left_out": more} if more else {})


def _printable(value: object) -> str:
    # A lone surrogate is legal in JSON and cannot be printed; control characters could steer a terminal.
    text = str(value)[:_LONGEST].encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else "?" for c in text)
