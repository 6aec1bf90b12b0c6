"""How far long work is, as a real terminal shows it: nothing of it stays, and what is said meanwhile stands on lines of its own."""

import os
import re
import subprocess
import sys

import pytest

from arviz.cli.progress import work_in_sight
from tests.cli.command_line import environment
from tests.formats.test_read import BOX

pty = pytest.importorskip("pty", reason="no terminals of that kind here")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_a_terminal(*arguments, **changes):
    """Run ``arviz`` with stderr on a terminal; return its exit code and what was written there, without control sequences."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "arviz", *map(str, arguments)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, env=environment(TERM="xterm", **changes)
    )
    os.close(theirs)
    told = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that nobody writes any more
            break
        if not piece:
            break
        told += piece
    os.close(ours)
    return process.wait(timeout=60), _CONTROL.sub("", told.decode())


def test_what_is_in_work_is_shown_and_errors_stand_on_lines_of_their_own(tmp_path):
    (tmp_path / "bad.glb").write_bytes(b"glTF")
    (tmp_path / "[b]ox.obj").write_text(BOX)
    code, told = on_a_terminal("convert", tmp_path / "[b]ox.obj", tmp_path / "bad.glb", "-o", tmp_path / "o", "--unit", "m")
    assert code == 7
    assert "1 of 2  [b]ox: " in told
    assert "making the file for quick-look" in told
    (before,) = re.findall(r"(.)error: bad\.glb", told, re.DOTALL)
    assert before in "\r\n"


def test_a_batch_shows_what_is_in_work_and_how_many_have_faults(tmp_path):
    (tmp_path / "box.obj").write_text(BOX)
    (tmp_path / "shop.csv").write_text("sku,file,size\nfirst,box.obj,1x1x1m\nsecond,box.obj,40x10x20mm\n")
    code, told = on_a_terminal("batch", tmp_path / "shop.csv", "-o", tmp_path / "o", "--jobs", "1")
    assert code == 7
    assert re.search(r"1/2 0:\d\d:\d\d 1 with faults, in work: second", told)


def test_without_a_terminal_only_what_is_said_is_written(capsys):
    with work_in_sight(2) as work:
        work.begin("a")
        work.doing("reading")
        work.say("error: a")
    assert capsys.readouterr() == ("", "error: a\n")
