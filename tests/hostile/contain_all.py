"""Hostile files through the sandbox; as a program (``python -m tests.hostile.contain_all FOLDER``) what strace watches."""

from __future__ import annotations

import sys
from pathlib import Path

from arviz.core.errors import ArvizError
from arviz.jobs.sandbox.sandbox import Sandbox
from tests.hostile.manifest import entries, folder
from tests.jobs.sandbox import works

_REFERRED = {".bin", ".png", ".jpg", ".jpeg", ".ktx2", ".mtl", ".webp"}


def judge(sandbox, file, commands):
    """Return (command, exit code, findings, words) of each command on one file, run inside."""
    path = folder() / file
    inputs = {each.name: each for each in path.parent.iterdir() if each == path or each.suffix.lower() in _REFERRED}
    try:
        with sandbox.run(works.name(works.judge), {"commands": commands, "file": path.name}, inputs=inputs, timeout_s=120) as done:
            return [(command, *done.result[command]) for command in commands]
    except ArvizError as error:
        return [(command, error.exit_code, [], str(error)) for command in commands]


def part():
    """Return the files that strace watches: all that want to reach out, and some of the others."""
    plain = [file for file, kind in entries() if kind in ("ok", "check-fails")]
    return [file for file, kind in entries() if kind not in ("ok", "check-fails")] + plain[::10]


def main(place: str) -> None:
    """Judge the files of `part`. Without bubblewrap: it would number processes anew."""
    with Sandbox(Path(place), functions=[works.name(works.judge)], use_bubblewrap=False) as sandbox:
        for file in part():
            judge(sandbox, file, ["inspect", "check"])


if __name__ == "__main__":
    main(sys.argv[1])
