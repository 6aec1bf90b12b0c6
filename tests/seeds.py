"""Seeds of random tests: the same each time in `make test`, where what fails is a change; `make test-all` looks for new ones."""

from __future__ import annotations

import os
import secrets
import zlib

from hypothesis import settings


def drawn_seed(of: str = "") -> int:
    """Return a seed below 2**31 and print it: a new one where Hypothesis looks for new examples, otherwise that of a name.

    The name is that of the running test; a session's fixture has another first test in each process and says its own.
    """
    name = of or os.environ["PYTEST_CURRENT_TEST"].rpartition(" (")[0]
    seed = zlib.crc32(name.encode()) >> 1 if settings.default.derandomize else secrets.randbits(31)
    print(f"seed {seed}")
    return seed
