"""``arviz doctor``."""

from tests.cli.command_line import arviz, environment


def test_a_healthy_machine():
    done = arviz("doctor")
    assert done.code == 0, done.out
    assert "everything needed works" in done.out


def test_a_machine_without_gl_is_told_which_packages(tmp_path):
    done = arviz("doctor", "--json", env=environment(__EGL_VENDOR_LIBRARY_FILENAMES="/nonexistent.json"))
    assert done.code == 5
    (check,) = [c for c in done.json["checks"] if c["name"] == "OpenGL"]
    assert not check["ok"]
    assert "libegl1" in check["hint"]
