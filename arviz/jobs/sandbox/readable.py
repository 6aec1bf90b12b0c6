"""What a contained child may read besides its own folder: programs and libraries, this interpreter, arviz and its data."""

from __future__ import annotations

import mimetypes
import os
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from arviz.core.resources import resource

SYSTEM = tuple(map(Path, ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/nix/store", "/gnu/store")))
"""Some are links into another on most systems."""
_CONFIGURATION = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/fonts", "/etc/glvnd", "/etc/drirc", "/etc/localtime")
"""Of the loader, of fonts and of OpenGL. (Open3D reads the files of :mod:`mimetypes` when it is imported.)"""
_PROCESSOR = ("/sys/devices/system/cpu",)
DEVICES = tuple(map(Path, ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")))
OWN_PROCESS = tuple(map(Path, ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat")))
"""Looked up by the child itself: ``/proc/self`` is another folder for each process."""


def readable(functions: Iterable[str]) -> list[Path]:
    """Return the files and folders that exist and that jobs calling `functions` (``module:attribute``) may read; none lies in another."""
    packages = {"arviz"} | {function.partition(":")[0].partition(".")[0] for function in functions}
    found = [
        *SYSTEM,
        *map(Path, (*_CONFIGURATION, *mimetypes.knownfiles, *_PROCESSOR, sys.base_prefix, sys.prefix)),
        *(Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")),
        *(place for package in sorted(packages) for place in _folders(package)),
        *(resource(name) for name in ("assets", "calibration")),
        *_caches(),
    ]
    real = {path.resolve(): path for path in reversed(found) if os.path.exists(path)}
    return [path for place, path in reversed(real.items()) if not any(parent in real for parent in place.parents)]


def passed_on() -> dict[str, str]:
    """Return the variables of this process that say where networks are (`arviz.flows.models`)."""
    return {name: value for name, value in os.environ.items() if name.startswith("ARVIZ_MODEL") and value}


def cache() -> Path:
    """Return the folder above arviz' cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())


def _caches() -> list[Path]:
    return [cache() / "arviz", *(Path(value).expanduser() for value in passed_on().values())]


def _folders(package: str) -> list[Path]:
    spec = find_spec(package)
    return [] if spec is None else [Path(place) for place in spec.submodule_search_locations or (spec.origin,) if place]
