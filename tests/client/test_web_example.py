"""The TypeScript client: its types are those of the service, and the example is right by them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = "examples/web"
DESCRIPTION = "docs/reference/openapi.json"


def npm(folder, *arguments):
    done = subprocess.run(["npm", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_types_are_fresh_and_the_example_is_right_by_them():
    copy = ROOT / ".cache" / "web-client"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT / WEB, copy / WEB, ignore=shutil.ignore_patterns("node_modules"))
    (copy / DESCRIPTION).parent.mkdir(parents=True)
    shutil.copy(ROOT / DESCRIPTION, copy / DESCRIPTION)
    npm(copy / WEB, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    npm(copy / WEB, "run", "--silent", "types")
    assert (copy / WEB / "arviz.d.ts").read_text("utf-8") == (ROOT / WEB / "arviz.d.ts").read_text("utf-8"), "npm run types"
    npm(copy / WEB, "run", "--silent", "check")
