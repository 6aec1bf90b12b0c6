"""The plain window of ``arviz view --simple``: pyrender's, for machines without PySide6."""

from __future__ import annotations

import sys
from os import environ
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.errors import BackendError
from arviz.core.frames import CV_FROM_GL
from arviz.core.probe import probed
from arviz.core.scene import Item
from arviz.flows.render import read_product
from arviz.render.framing import FIELD_OF_VIEW_RAD, orbit_camera
from arviz.viewer.display import no_display

SIZE = (960, 720)
_PAPER, _AMBIENT = 0.95, 0.35
_TEXTURE_PX = 2048
_NEAR, _FAR = 0.02, 20.0
"""Of the distance of the eye at the start."""


def show(file: Path) -> None:
    """Show a product in pyrender's window, seen at first as the shop sees it, until it is closed.

    Raises
    ------
    InputError, LimitError
        The file cannot be read.
    DependencyError
        pyrender is missing.
    BackendError
        ``E_NO_DISPLAY``: no window can be opened here; ``E_GL_CONTEXT``: none with OpenGL.
    """
    asset, _ = read_product(file)
    pyrender = _pyrender()
    from arviz.render.pyrender.meshes import item_meshes

    soup, meshes = item_meshes((Item(asset=asset),), texture_px=_TEXTURE_PX)
    scene = pyrender.Scene(bg_color=[_PAPER] * 3, ambient_light=[_AMBIENT] * 3)
    for each in meshes:
        scene.add(each.colour)
    _, pose = orbit_camera(asset, width_px=SIZE[0], height_px=SIZE[1])
    pose = pose @ CV_FROM_GL
    pose[:3, 3] -= soup.centre
    distance = float(np.linalg.norm(pose[:3, 3]))
    scene.add(pyrender.PerspectiveCamera(FIELD_OF_VIEW_RAD, znear=distance * _NEAR, zfar=distance * _FAR), pose=pose)
    try:
        pyrender.Viewer(scene, viewport_size=SIZE, use_raymond_lighting=True, window_title=f"{file.name} - arviz")
    except ValueError as error:
        raise BackendError("E_GL_CONTEXT", "no OpenGL context can be made", expected="OpenGL 3.3 or newer", found=str(error)) from error


def _pyrender() -> Any:
    """Return pyrender, for OpenGL in windows; pictures without one load it for EGL, in processes of their own."""
    probed("pyrender", package="pyrender-maintained")
    if sys.platform.startswith("linux"):  # pyglet's windows have GLX; PyOpenGL would take EGL on Wayland's desktops
        environ["PYOPENGL_PLATFORM"] = "glx"
    import pyglet
    import pyrender

    try:
        pyglet.display.get_display()
    except Exception as error:  # each platform has a class of its own, which the others cannot import
        raise no_display(found=str(error)) from error
    return pyrender
