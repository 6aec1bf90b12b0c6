"""What an import that failed is told as: the package or the library of the system, and the command that brings it."""

from __future__ import annotations

import re
import sys
from ctypes.util import find_library

from arviz.core.childless import is_childless
from arviz.core.errors import DependencyError

PACKAGES = {
    "numpy": "numpy", "scipy": "scipy", "PIL": "pillow", "trimesh": "trimesh", "cv2": "opencv-python", "moderngl": "moderngl",
    "pyrender": "pyrender-maintained", "open3d": "open3d-cpu", "mediapipe": "mediapipe",
}  # fmt: skip
"""Import name -> distribution (open3d-cpu and open3d share one import name)."""
LIBRARIES = {
    "EGL": "libegl1 libegl-mesa0", "GL": "libgl1 libgl1-mesa-dri", "glib-2.0": "libglib2.0-0",
    "xcb": "libxcb1", "X11": "libx11-6", "Xrender": "libxrender1", "usb-1.0": "libusb-1.0-0", "udev": "libudev1",
}  # fmt: skip
"""Library of the system that arviz needs -> Debian packages that bring it."""
WINDOW = "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0 libdbus-1-3 libfontconfig1"
"""Debian packages that Qt needs for a window, beside those."""
_OTHERS = {
    "gthread-2.0": "libglib2.0-0", "idn2": "libidn2-0", "atomic": "libatomic1",
    **dict.fromkeys(("xcb-cursor", "xcb-icccm", "xcb-keysyms", "xcb-shape", "xkbcommon", "xkbcommon-x11", "dbus-1", "fontconfig"), WINDOW),
}  # fmt: skip
"""Library -> Debian packages where it comes with one of those, is nearly always there, or belongs to an extra."""
_NOT_LOADED = re.compile(r"\blib([\w+.-]+?)\.so[\w.]*: cannot open shared object file")
_NAMES = {**PACKAGES, "pxr": "usd-core", "opengl_basisu": "opengl-basisu", "PySide6": "PySide6-Essentials"}


def absent(error: BaseException) -> DependencyError | None:
    """Return what to tell where `error` is a package or a library that is not there, None where it is anything else.

    A module of our own that is missing is a fault of ours, and so is a name that an installed module lacks.
    """
    library = _NOT_LOADED.search(str(error)) if isinstance(error, ImportError | OSError) else None
    if library is not None:
        hint = libraries_hint({**LIBRARIES, **_OTHERS}.get(library[1], ""))
        return DependencyError("E_LIBRARY_MISSING", "a library of the system is missing", found=str(error), hint=hint)
    if isinstance(error, ModuleNotFoundError) and error.name is not None and error.name.partition(".")[0] != "arviz":
        name = error.name.partition(".")[0]
        package = _NAMES.get(name, name)
        hint = f"Run `pip install {_extra_with(package) or package}`."
        return DependencyError("E_MISSING_PACKAGE", f"the package {package} is missing", found=str(error), hint=hint)
    return None


def libraries_hint(packages: str = "") -> str:
    """Return the one command that brings `packages` and all other libraries that arviz needs and this machine lacks."""
    lacking = [] if is_childless() else [brought for library, brought in LIBRARIES.items() if find_library(library) is None]
    wanted = " ".join(dict.fromkeys(" ".join([packages, *lacking]).split()))
    if wanted and sys.platform.startswith("linux"):
        return f"Run `sudo apt-get install {wanted}`."
    return "Run `arviz doctor` to see which package or library of the system is missing."


def _extra_with(package: str) -> str:
    """Return the extra that brings a package as pip is asked for it, "" for none."""
    from importlib.metadata import PackageNotFoundError, requires  # with all of Python's e-mail: 20 ms

    try:
        lines = requires("arviz3d") or ()
    except PackageNotFoundError:
        return ""
    wanted = re.compile(rf"{re.escape(package)}\b(?!-).*\bextra == [\"'](?!dev)([\w-]+)", re.IGNORECASE)
    return next((f"'arviz3d[{found[1]}]'" for line in lines if (found := wanted.match(line))), "")
