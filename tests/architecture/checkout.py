"""The files that belong to the project: those that git knows or would add."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def committed(pattern: str = "*") -> tuple[Path, ...]:
    """Return the paths of all files that match `pattern`, without those that git ignores."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pattern]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    paths = {ROOT / name.decode() for name in listed.split(b"\0") if name}
    return tuple(sorted(path for path in paths if path.is_file()))
