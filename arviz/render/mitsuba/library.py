"""Mitsuba, its LLVM, and what to say where one is missing."""

from __future__ import annotations

import glob
import os
import re
import sys
from importlib.util import find_spec
from typing import Any

from arviz.core.errors import BackendError, DependencyError
from arviz.core.probe import probed
from arviz.render.mitsuba import bsdf, product

VARIANT = "llvm_ad_rgb"
"""The scalar variant takes four times as long; the GPU's (cuda_ad_rgb) was not available for tests."""
_TRY = f"mitsuba.set_variant({VARIANT!r})\nimport drjit, mitsuba_oidn\ndrjit.eval(drjit.minimum(mitsuba.Float([1.0, 2.0]), 1.5) + 1)\n"
_OLDEST_LLVM = 16
"""LLVM 15 ends the process ("Cannot select: fminimum", Dr.Jit 1.5 on x86-64)."""
_PATTERNS = ("/usr/lib/*/libLLVM*.so*", "/usr/lib/llvm-*/lib/libLLVM*.so*", "/usr/lib64/libLLVM*.so*")
_APT = "Run `sudo apt-get install libllvm19 libatomic1` (or set DRJIT_LIBLLVM_PATH to a libLLVM of version 16 or newer)."


def load() -> Any:
    """Return the module ``mitsuba`` with its variant set.

    Raises
    ------
    DependencyError
        mitsuba, its denoiser or LLVM is missing; the hint names the command.
    BackendError
        They are there and do not work together.
    """
    if sys.modules.get("mitsuba") is None:
        # Dr.Jit takes the first libLLVM that the linker finds, and Mesa keeps an old one beside: choose before the import.
        missing = [name for name in ("mitsuba", "mitsuba_oidn") if not _installed(name)]
        if missing:
            raise DependencyError(
                "E_MISSING_PACKAGE",
                "the engine 'mitsuba' needs the extra [photoreal]",
                found=f"no module {missing[0]}",
                hint="Run `pip install 'arviz3d[photoreal]'`.",
            )
        os.environ["DRJIT_LIBLLVM_PATH"] = llvm()
        probed("mitsuba", package="mitsuba", code=f"{_TRY}# {os.environ['DRJIT_LIBLLVM_PATH']}", hint=_APT)
    import mitsuba

    try:
        if mitsuba.variant() != VARIANT:
            mitsuba.set_variant(VARIANT)
            bsdf.register(mitsuba)
            product.register(mitsuba)
    except Exception as error:  # a door: Dr.Jit raises bare exceptions of its own
        raise BackendError("E_MITSUBA", "Mitsuba does not start", found=str(error), hint=_APT) from error
    return mitsuba


def _installed(module: str) -> bool:
    return sys.modules.get(module, 0) is not None and find_spec(module) is not None


def llvm() -> str:
    """Return the path of the newest LLVM that Dr.Jit can use.

    Raises
    ------
    DependencyError
        There is none.
    """
    chosen = os.environ.get("DRJIT_LIBLLVM_PATH")
    if chosen:
        return chosen
    found = {path: llvm_version(path) for pattern in _PATTERNS for path in glob.glob(pattern)}
    usable = [path for path, version in found.items() if version >= _OLDEST_LLVM]
    if not usable:
        old = ", ".join(sorted(path for path, version in found.items() if version))
        raise DependencyError(
            "E_LLVM_MISSING", "the engine 'mitsuba' needs LLVM", expected=f"libLLVM {_OLDEST_LLVM} or newer", found=old or "none", hint=_APT
        )
    return max(usable, key=lambda path: (found[path], path))


def llvm_version(path: str) -> int:
    """Return the major version in the name of a libLLVM (libLLVM-15.so.1, libLLVM.so.19.1), 0 where there is none."""
    match = re.search(r"libLLVM(?:-|\.so\.)(\d+)", os.path.basename(path))
    return int(match[1]) if match else 0
