"""The doctor looks at the real machine."""

from arviz.flows.doctor import doctor, healthy, to_json


def test_a_machine_that_runs_the_tests_is_healthy():
    checks = doctor()
    assert healthy(checks), [check for check in checks if not check.ok]
    names = [check.name for check in checks]
    assert {"python", "OpenGL", "cache", "numpy", "mediapipe"} <= set(names)
    assert to_json(checks)["ok"]
    devices = [check for check in checks if check.name.startswith("EGL device ")]
    assert not devices or any(check.ok and "OpenGL" in check.found for check in devices)


def test_what_fails_says_how_to_mend_it(monkeypatch):
    from arviz.flows import doctor as module

    monkeypatch.setattr(module, "PACKAGES", {"numpy": "numpy", "no_such_module_anywhere": "no-such-distribution"})
    (failed,) = [check for check in module._packages() if not check.ok]
    assert "no_such_module_anywhere" in failed.found
    assert "pip install no-such-distribution" in failed.hint
    assert not healthy([failed])


def test_a_library_that_kills_the_process_is_a_failed_check(tmp_path, monkeypatch):
    from arviz.flows import doctor as module

    (tmp_path / "suicidal_module.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(module, "PACKAGES", {"suicidal_module": "suicidal"})
    (check,) = module._packages()
    assert not check.ok
