"""What may run: mediapipe from 0.10.35 on reports to a server and is refused; and what its library says stays off stderr.

Measured: from 0.10.35 on, a background thread of each task resolves play.googleapis.com and posts to it about 220 bytes (version,
Python, platform; no picture), seen from the user's address; there is no switch (google-ai-edge/mediapipe#6291). 0.10.30 to 0.10.33
hold no HTTP client and opened no socket in 75 s of faces, bodies and hands under strace.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version

from arviz.core.errors import DependencyError

FIRST_REPORTING = (0, 10, 35)
PIN = "mediapipe==0.10.30"
_CHATTER = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog\(\)"
    rb"|[IW]\d{4} .*\] "  # absl's own, of the levels below errors
    rb"|INFO: Created TensorFlow Lite XNNPACK delegate"
)
_LOCK = threading.Lock()


def check_mediapipe(*, allow_telemetry: bool = False, found: str | None = None) -> None:
    """Raise DependencyError unless mediapipe is installed in a version that reports to nobody.

    Parameters
    ----------
    allow_telemetry : bool
        Take a version that does.
    found : str, optional
        The version; by default that of the installed package.
    """
    if found is None:
        try:
            found = version("mediapipe")
        except PackageNotFoundError as error:
            raise DependencyError("E_MISSING_PACKAGE", "mediapipe is not installed", hint=f"Run `pip install {PIN}`.") from error
    if _numbers(found) >= FIRST_REPORTING and not allow_telemetry:
        raise DependencyError(
            "E_MEDIAPIPE_TELEMETRY",
            "this mediapipe contacts a metrics server whenever it runs",
            expected="0.10.30 to 0.10.34",
            found=found,
            hint=f"Run `pip install {PIN}`. To run it all the same, with the consent of the people concerned, "
            "set ARVIZ_ALLOW_MEDIAPIPE_TELEMETRY=1.",
        )


def _numbers(text: str) -> tuple[int, ...]:
    leading = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(number) for number in leading[0].split(".")) if leading else FIRST_REPORTING


@contextmanager
def without_chatter() -> Iterator[None]:
    """Hold back what mediapipe and LiteRT write to stderr on their way up; everything else is passed on at the end.

    They write to the descriptor from C++ and have no switch but environment variables of the whole process. The descriptor is
    turned to a file for as long as this lasts, which is while a network is loaded; other threads' lines come late, not never.
    """
    with _LOCK, tempfile.TemporaryFile() as held:
        try:
            if sys.stderr is not None:
                sys.stderr.flush()
            kept = os.dup(2)
        except (OSError, ValueError):  # no stderr at all
            yield
            return
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            held.seek(0)
            rest = b"".join(line for line in held if not _CHATTER.match(line))
            if rest:
                os.write(2, rest)
