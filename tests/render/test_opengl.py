"""The OpenGL context and the process that it belongs to."""

import subprocess
import sys

import pytest

CODE = """
import multiprocessing
from arviz.core.errors import BackendError
from arviz.render.gl.renderer import GlRenderer

def draw(told):
    try:
        with GlRenderer():
            told.put("drawn")
    except BackendError as error:
        told.put(error.code)

def told_by_a_child():
    told = multiprocessing.get_context("fork").SimpleQueue()
    child = multiprocessing.get_context("fork").Process(target=draw, args=(told,))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    return told.get()

before = told_by_a_child()
with GlRenderer():
    pass
print(before, told_by_a_child())
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="this system does not fork")
def test_a_process_forked_after_drawing_says_so_instead_of_waiting_for_ever():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=200, check=False)
    assert done.stdout.split() == ["drawn", "E_GL_FORKED"], done.stderr
