"""Sky shadows on disk: one small file for each combination of casters, plane and light, the least recently used deleted."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.core.resources import cache_folder

BUDGET_BYTES = 64 * 2**20


def shadow_folder() -> Path | None:
    """Return the folder of this cache, None where none can be made: then each run computes anew."""
    try:
        return cache_folder("shadows")
    except (OSError, RuntimeError):
        return None


def load(folder: Path | None, digest: str, shapes: list[tuple[int, int]]) -> list[Array] | None:
    """Return the (H, W) float16 maps of these shapes, None if they are not there or damaged."""
    if folder is None:
        return None
    path = folder / f"{digest}.npz"
    try:
        with np.load(path, allow_pickle=False) as data:
            maps = [data[f"map{i}"] for i in range(len(shapes))]
        os.utime(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None
    good = all(
        m.shape == s and m.dtype == np.float16 and bool((m >= 0).all()) and bool((m <= 1).all()) for m, s in zip(maps, shapes, strict=True)
    )
    return maps if good else None


def save(folder: Path | None, digest: str, maps: list[Array], *, budget_bytes: int = BUDGET_BYTES) -> None:
    """Write maps; a full or read-only disk costs the work again next time, nothing more."""
    if folder is None:
        return
    path = folder / f"{digest}.npz"
    arrays: dict[str, Any] = {f"map{i}": m for i, m in enumerate(maps)}
    beside = path.with_name(f"{digest}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            np.savez_compressed(file, **arrays)
        beside.replace(path)
        _trim(folder, budget_bytes=budget_bytes)
    except OSError:
        beside.unlink(missing_ok=True)


def _trim(folder: Path, *, budget_bytes: int) -> None:
    """Delete the files used longest ago until the budget holds."""
    known = sorted(((s.st_mtime, s.st_size, p) for p in folder.glob("*.npz") for s in [p.stat()]), reverse=True)
    total = 0
    for _, size, path in known:
        total += size
        if total > budget_bytes:
            path.unlink(missing_ok=True)
