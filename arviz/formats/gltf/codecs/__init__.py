"""Decoders of compressed glTF: encoded bytes in, plain arrays or pixels out.

One module per codec and one native package behind each, imported on use. Every count in a header is checked
against the limits and against the number of bytes at hand before native code sees the data: these packages
are young and the bytes come from strangers.
"""

from __future__ import annotations

from typing import NoReturn

from arviz.core.errors import DependencyError


def missing(package: str, extension: str, where: str, error: ImportError) -> NoReturn:
    """Raise the DependencyError for a decoder that is not installed."""
    raise DependencyError(
        "E_MISSING_PACKAGE",
        f"the decoder for {extension} is not installed",
        where=where,
        found=str(error),
        hint=f"Run: pip install {package}",
    ) from error
