"""Examples run as a reader would run them."""

import re
import subprocess
import sys

import pytest

from tests.architecture.checkout import ROOT, committed

RUN = [path for path in committed("examples/*.py") if re.search(r"^# arviz-test: (run|compare)$", path.read_text("utf-8"), re.MULTILINE)]


@pytest.mark.parametrize("example", RUN, ids=lambda path: path.name)
def test_examples_end_without_an_error(example, tmp_path):
    done = subprocess.run([sys.executable, str(example)], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert ROOT in example.parents
