"""One lazy registry for everything that can be plugged in: formats, renderers, estimators, engines.

Built-ins are strings, imported on use. Third parties add entry points in the group ``arviz.<kind>``;
these are scanned only when a name is not built in, so that a start costs nothing.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from arviz.core.absent import absent, libraries_hint
from arviz.core.errors import DependencyError, InputError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


class Registry:
    """Map names of one kind to objects that are imported on first use.

    Parameters
    ----------
    kind : str
        What is registered, singular: ``"renderer"``. Entry points live in ``arviz.renderer``.
    builtins : Mapping[str, str]
        name -> ``"package.module:attribute"``.
    """

    def __init__(self, kind: str, builtins: Mapping[str, str]) -> None:
        self.kind = kind
        self._targets = dict(builtins)

    def __iter__(self) -> Iterator[str]:
        return iter(self._targets)

    def __contains__(self, name: object) -> bool:
        return name in self._targets or (isinstance(name, str) and self._entry(name) is not None)

    def get(self, name: str) -> Any:
        """Return the object called `name`; raise InputError if nobody provides it, DependencyError if it cannot load."""
        target = self._targets.get(name)
        if target is None:
            return self._third_party(name)
        module, _, attribute = target.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        except ImportError as error:
            if error.name and error.name.startswith("arviz"):
                raise  # our own module is missing: a bug of ours, not of the installation
            missing = absent(error)
            raise DependencyError(
                "E_MISSING_PACKAGE",
                f"the {self.kind} {name!r} cannot be loaded",
                found=str(error),
                hint=missing.hint if missing else libraries_hint(),
            ) from error

    def _entry(self, name: str) -> EntryPoint | None:
        from importlib.metadata import entry_points

        return next(iter(entry_points(group=f"arviz.{self.kind}", name=name)), None) if name else None

    def _third_party(self, name: str) -> Any:
        entry = self._entry(name)
        if entry is not None:
            return entry.load()
        raise InputError(
            "E_UNKNOWN_NAME",
            f"no {self.kind} is called {name!r}",
            expected=", ".join(sorted(self._targets)),
            found=name,
            hint="Check the spelling, or install the package that provides it.",
        )
