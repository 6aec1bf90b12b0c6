"""An import that failed says what to install; faults of our own stay faults."""

import importlib
from ctypes import CDLL

import pytest

from arviz.core.absent import LIBRARIES, absent
from arviz.core.probe import child
from arviz.core.resources import resource


def raised(call, *arguments):
    with pytest.raises((ImportError, OSError)) as caught:
        call(*arguments)
    return caught.value


def test_a_package_is_named_with_its_command():
    told = absent(raised(importlib.import_module, "no_such_module_anywhere.inside"))
    assert told.code == "E_MISSING_PACKAGE"
    assert told.exit_code == 5
    assert "pip install no_such_module_anywhere`" in told.hint


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_named_with_its_debian_packages(library):
    told = absent(ImportError(f"lib{library}.so.1: cannot open shared object file: No such file or directory"))
    assert told.code == "E_LIBRARY_MISSING"
    assert f"apt-get install {LIBRARIES[library]}`" in told.hint  # this machine has the others


def test_what_the_linker_says_is_understood():
    told = absent(raised(CDLL, "libarviznosuch.so.3"))
    assert told.code == "E_LIBRARY_MISSING"
    assert "libarviznosuch.so.3" in told.found
    assert "arviz doctor" in told.hint  # nothing that we know is missing here


def test_one_command_brings_all_that_is_not_there(monkeypatch):
    from arviz.core import absent as module

    monkeypatch.setattr(module, "LIBRARIES", {"c": "libc6", "arviznosuch": "libfirst libsecond", "arvizneither": "libthird"})
    told = absent(ImportError("libarvizneither.so.1: cannot open shared object file: No such file or directory"))
    assert told.hint == "Run `sudo apt-get install libthird libfirst libsecond`."


def test_faults_of_our_own_stay_faults():
    assert absent(raised(importlib.import_module, "arviz.no_such_module")) is None
    assert absent(raised(exec, "from arviz.core.errors import NoSuchError")) is None
    assert absent(raised(exec, "from json import no_such_name")) is None
    assert absent(FileNotFoundError(2, "No such file or directory", "libsofa.so")) is None
    assert absent(ValueError("libGL.so.1: cannot open shared object file")) is None


@pytest.mark.parametrize(("module", "extra"), [("distributed", "cluster"), ("PySide6.QtCore", "desktop"), ("fastapi", "service")])
def test_what_an_extra_brings_is_installed_by_its_name(module, extra):
    told = absent(ModuleNotFoundError(f"No module named {module!r}", name=module))
    assert f"pip install 'arviz3d[{extra}]'`" in told.hint


_COMMAND = """
import sys
sys.modules[sys.argv[1]] = None  # what Python itself uses for a module that must not be found
from arviz.cli import main
main(sys.argv[2:])
"""


def test_a_command_that_lacks_a_package_ends_with_5_and_says_which(tmp_path):
    lamp = resource("assets", "products", "lamp", "lamp.glb")
    answer = child(_COMMAND, "cv2", "convert", str(lamp), "-o", str(tmp_path / "out"))
    assert answer.exit_status == 5, answer
    assert "pip install opencv-python" in answer.trouble
    assert not list(tmp_path.glob("out/*"))
