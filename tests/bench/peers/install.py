"""Where the other renderers lie: folders of their own below ``.cache``, filled on first use, never the project's venv."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NODE = ROOT / ".cache" / "bench-node"
PYTHON = ROOT / ".cache" / "bench-python"


def node_package(name: str, release: str) -> Path:
    """Return the folder of an npm package, installed if it is not there in this release."""
    folder = NODE / "node_modules" / name
    manifest = folder / "package.json"
    if not manifest.is_file() or f'"version": "{release}"' not in manifest.read_text("utf-8"):
        NODE.mkdir(parents=True, exist_ok=True)
        if not (NODE / "package.json").is_file():
            (NODE / "package.json").write_text('{"private": true}\n')
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", f"{name}@{release}"]
        subprocess.run(command, cwd=NODE, check=True, stdout=sys.stderr)
    return folder


def python_with(*requirements: str) -> Path:
    """Return the interpreter of a venv of its own that holds the requirements (``name==release``)."""
    python = PYTHON / "bin" / "python"
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(PYTHON)], check=True, stdout=sys.stderr)
    site = next((PYTHON / "lib").glob("python3*/site-packages"))
    missing = [r for r in requirements if not (site / f"{r.replace('-', '_').replace('==', '-')}.dist-info").is_dir()]
    if missing:
        uv = Path(sys.executable).with_name("uv")
        command = [str(uv), "pip", "install", "--quiet", "--python", str(python), *missing]
        subprocess.run(command, check=True, stdout=sys.stderr)
    return python
