"""Journey: look at this machine and say what works, what is missing, and which command brings it."""

from __future__ import annotations

import ctypes.util
import json
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from importlib.util import find_spec
from typing import Any

from arviz.core.absent import LIBRARIES, PACKAGES, absent, libraries_hint
from arviz.core.probe import child
from arviz.core.resources import cache_folder, resource

SCHEMA = "arviz.doctor/1"
_GL_PROBE = """
import json
from arviz.render.renderer import RENDERERS
with RENDERERS.get("gl")() as renderer:
    print(json.dumps({"device": renderer.capabilities().device}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: `needed` is False for what only an extra uses."""

    name: str
    ok: bool
    found: str
    hint: str = ""
    needed: bool = True


def doctor() -> list[Check]:
    """Check Python, packages, system libraries, OpenGL, shipped files, the cache and the extras.

    OpenGL and every native package are tried in a child process: a broken driver or wheel can end a process.
    """
    return [
        _python(),
        _name_clash(),
        *_packages(),
        *(_libraries() if sys.platform.startswith("linux") else ()),
        _opengl(),
        *_devices(),
        _shipped_files(),
        _cache(),
        *_extras(),
        *_optional_libraries(),
    ]


def to_json(checks: list[Check]) -> dict[str, Any]:
    """Return the stable JSON form."""
    rows = [{"name": c.name, "ok": c.ok, "needed": c.needed, "found": c.found, "hint": c.hint} for c in checks]
    return {"schema": SCHEMA, "ok": healthy(checks), "checks": rows}


def healthy(checks: list[Check]) -> bool:
    """Return whether everything that is needed works."""
    return all(check.ok for check in checks if check.needed)


def _python() -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Check(name="python", ok=sys.version_info >= (3, 11), found=found, hint="arviz needs Python 3.11 or newer.")


def _name_clash() -> Check:
    """Find the statistics package of the same import name."""
    try:
        found = version("arviz")
    except PackageNotFoundError:
        return Check(name="import name", ok=True, found="arviz is ours alone")
    hint = "`pip uninstall arviz`, then install arviz3d again; or use another virtual environment."
    return Check(name="import name", ok=False, found=f"the statistics package arviz {found} is installed too", hint=hint)


def _packages() -> list[Check]:
    code = "import importlib, json, sys\nout = {}\nfor name in sys.argv[1:]:\n    try:\n        importlib.import_module(name)\n"
    code += "        out[name] = ''\n    except BaseException as error:\n        out[name] = f'{type(error).__name__}: {error}'\n"
    code += "    print(json.dumps(out), flush=True)"
    lines, trouble, _ = child(code, *PACKAGES)
    results: dict[str, str] = json.loads(lines[-1]) if lines else {}
    return [_package(module, results.get(module, trouble or "the process ended")) for module in PACKAGES]


def _package(module: str, trouble: str) -> Check:
    name = PACKAGES[module]
    if module == "open3d" and not _installed(name):
        name = "open3d"
    if not trouble:
        return Check(name=name, ok=True, found=_installed(name) or "present")
    library = absent(ImportError(trouble))
    hint = f"`pip install {name}`" if find_spec(module) is None else (library.hint if library else None) or libraries_hint()
    return Check(name=name, ok=False, found=trouble.splitlines()[0][:160], hint=hint)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _libraries() -> list[Check]:
    checks = []
    for library, packages in LIBRARIES.items():
        found = ctypes.util.find_library(library)
        hint = f"`sudo apt-get install {packages}`"
        checks.append(Check(name=f"lib{library}", ok=found is not None, found=found or "missing", hint="" if found else hint))
    return checks


def _optional_libraries() -> list[Check]:
    """Check what only some outputs need: H.264 for MP4, LLVM for the engine mitsuba."""
    from arviz.core.errors import DependencyError
    from arviz.flows.video.h264 import available
    from arviz.render.mitsuba.library import llvm

    checks = []
    for name, ask, hint in (
        ("OpenH264", available, "`sudo apt-get install libopenh264-7` (Debian 13: -8); without it an MP4 holds AV1."),
        ("LLVM", llvm, "`sudo apt-get install libllvm19 libatomic1`; the engine mitsuba needs them."),
    ):
        try:
            checks.append(Check(name=name, ok=True, needed=False, found=ask()))
        except DependencyError as error:
            checks.append(Check(name=name, ok=False, needed=False, found=error.found or str(error), hint=hint))
    return checks


def _opengl() -> Check:
    lines, trouble, _ = child(_GL_PROBE)
    if lines:
        return Check(name="OpenGL", ok=True, found=json.loads(lines[-1])["device"])
    hint = "`sudo apt-get install libegl1 libegl-mesa0 libgl1 libgl1-mesa-dri`; without it there are no pictures."
    return Check(name="OpenGL", ok=False, found=trouble or "no context", hint=hint)


def _devices() -> list[Check]:
    """One line per EGL device: what ``arviz render --device`` chooses from."""
    from arviz.render.egl_devices import devices

    hint = "Its driver is missing or broken; the other devices can be used."
    return [
        Check(name=f"EGL device {device.number}", ok=device.works, needed=False, found=device.name, hint="" if device.works else hint)
        for device in devices()
    ]


def _shipped_files() -> Check:
    try:
        path = resource("assets", "environments", "studio.hdr")
    except FileNotFoundError as error:
        return Check(name="shipped files", ok=False, found=str(error), hint="Install arviz3d again.")
    return Check(name="shipped files", ok=True, found=str(path.parent.parent))


def _cache() -> Check:
    try:
        folder = cache_folder("environments")
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        hint = "Set XDG_CACHE_HOME to a folder that you may write to; without it, pictures are drawn more slowly."
        return Check(name="cache", ok=False, needed=False, found=str(error), hint=hint)
    return Check(name="cache", ok=True, found=str(folder.parent))


def _extras() -> list[Check]:
    """One line per declared extra except the developers': is everything that it names installed."""
    try:
        names = sorted(set(distribution("arviz3d").metadata.get_all("Provides-Extra") or ()) - {"dev"})
    except PackageNotFoundError:
        return [Check(name="arviz3d", ok=False, found="not installed", hint="`pip install -e .` in the checkout.")]
    return [_extra(name) for name in names]


def _extra(extra: str) -> Check:
    marker = f'extra == "{extra}"'
    wanted = [line.split(";")[0].strip() for line in requires("arviz3d") or () if marker in line.replace("'", '"')]
    missing = [name for name in wanted if not _installed(name.split("[")[0].rstrip("<>=!~0123456789. "))]
    found = f"missing {', '.join(missing)}" if missing else "installed"
    return Check(name=f"[{extra}]", ok=not missing, needed=False, found=found, hint=f"`pip install 'arviz3d[{extra}]'`" if missing else "")
