"""Where an engine's package is missing, the message names it and the command that brings it."""

import json

import pytest

from arviz.core.probe import child
from arviz.render.renderer import RENDERERS

HINTS = {
    "gl": ("moderngl", "Run `pip install moderngl`."),
    "pyrender": ("pyrender", "Run `pip install pyrender-maintained`."),
    "open3d": ("open3d", "Run `pip install open3d"),
    "mitsuba": ("mitsuba", "Run `pip install 'arviz3d[photoreal]'`."),
}
_HIDDEN = """
import json, sys
sys.modules[sys.argv[2]] = None  # what Python itself uses for a module that must not be found
from arviz.core.errors import ArvizError
from arviz.render.renderer import RENDERERS
try:
    RENDERERS.get(sys.argv[1])()
except ArvizError as error:
    print(json.dumps({**error.to_json(), "exit_code": error.exit_code}))
"""
_COMMAND = """
import sys
sys.modules[sys.argv[2]] = None
from arviz.cli import main
main(["render", sys.argv[3], "--engine", sys.argv[1], "-o", sys.argv[4]])
"""


def test_every_engine_is_asked():
    assert set(HINTS) == set(RENDERERS)


@pytest.mark.parametrize("engine", HINTS)
def test_the_message_names_package_and_command(engine):
    module, hint = HINTS[engine]
    lines, trouble, _ = child(_HIDDEN, engine, module)
    assert lines, trouble
    error = json.loads(lines[-1])
    assert error["code"] == "E_MISSING_PACKAGE"
    assert error["exit_code"] == 5
    assert error["hint"].startswith(hint)
    assert module in error["message"]


def test_the_command_ends_with_5(tmp_path):
    from arviz.core.resources import resource

    lamp = resource("assets", "products", "lamp", "lamp.glb")
    answer = child(_COMMAND, "open3d", "open3d", str(lamp), str(tmp_path / "lamp.png"))
    assert answer.exit_status == 5, answer
    assert not (tmp_path / "lamp.png").exists()
