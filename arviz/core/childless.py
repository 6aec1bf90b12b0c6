"""Whether this process may start others: a contained one (`arviz.jobs.sandbox`) has given that up for ever, and says so here.

Who would rather do something in a child asks before it starts one. The one state of the process that arviz keeps: it goes with what
the kernel keeps of it, which cannot be taken back either.
"""

from __future__ import annotations

import threading

_CHILDLESS = threading.Event()


def become_childless() -> None:
    """Say that this process can start no other from now on."""
    _CHILDLESS.set()


def is_childless() -> bool:
    """Return whether this process can start no other."""
    return _CHILDLESS.is_set()
