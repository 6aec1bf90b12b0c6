"""How much a contained child may take: memory, processor time, files, and what it may hand back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainedLimits:
    """Bounds of one contained run: the kernel keeps the first six, the parent looks after the others.

    The defaults leave room for the largest files that `arviz.core.limits.Limits` lets in.
    """

    memory_bytes: int = 4 * 2**30
    """Address space. What the zygote has loaded counts (about 1 GiB, nearly all of it libraries)."""
    cpu_s: int = 60
    file_bytes: int = 2 * 2**30
    """Of one file that is written."""
    open_files: int = 512
    threads: int = 256
    """New processes are not allowed at all."""
    core_bytes: int = 1
    """A dump would hold what a stranger sent. 0 does not keep Linux from piping one to a program; 1 does (core(5), fs/coredump.c)."""
    out_bytes: int = 4 * 2**30
    """Of all that is written, scratch files too."""
    out_files: int = 2000
    """Folders count."""
    out_depth: int = 8
    """Levels of folders."""
    answer_bytes: int = 16 * 2**20
    """Of the JSON answer and all that is told on the way."""


CONTAINED_LIMITS = ContainedLimits()


def bound(limits: ContainedLimits) -> None:
    """Bind this process to `limits` for the rest of its life."""
    import resource  # not on Windows

    for name, most in (
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, limits.file_bytes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_NPROC, limits.threads),
        (resource.RLIMIT_CORE, limits.core_bytes),
    ):
        had = resource.getrlimit(name)[1]
        most = most if had == resource.RLIM_INFINITY else min(most, had)
        resource.setrlimit(name, (most, most))
    # SIGXCPU first, which says what happened; SIGKILL where that is ignored.
    resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s + 1))
