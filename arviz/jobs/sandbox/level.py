"""What contains a child on this machine, and what a zygote is told when it starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from arviz.jobs.sandbox.limits import ContainedLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLevel:
    """What was tried on this machine and holds for every child.

    Parameters
    ----------
    bubblewrap : bool
        Nothing but system libraries, arviz and the sandbox's folder is there at all.
    landlock_abi : int
        Version of Landlock; 0: none.
    seccomp : bool
        System calls are filtered: no processes, programs, sockets, signals to others.
    network_namespace, user_namespace : bool
        The child stands in a network without interfaces; in a user namespace of its own, where its threads are counted and the
        folders of other runs are not there.
    root : bool
        Its files are written as root, whose threads Linux does not count.
    """

    bubblewrap: bool = False
    landlock_abi: int = 0
    seccomp: bool = False
    network_namespace: bool = False
    user_namespace: bool = False
    root: bool = False

    @property
    def network(self) -> Literal["namespace", "seccomp", "landlock", "none"]:
        """The strongest of what keeps the network away. Landlock keeps TCP away, not UDP."""
        if self.network_namespace:
            return "namespace"
        return "seccomp" if self.seccomp else "landlock" if self.landlock_abi >= 4 else "none"

    @property
    def files(self) -> Literal["landlock", "bubblewrap", "none"]:
        """What keeps other files away. Bubblewrap alone keeps the folders of other runs away only with user namespaces."""
        return "landlock" if self.landlock_abi else "bubblewrap" if self.bubblewrap else "none"

    @property
    def contained(self) -> bool:
        """True if files, the network and other processes are out of the child's reach."""
        alone = self.landlock_abi > 0 or (self.bubblewrap and self.user_namespace)
        return self.seccomp and alone

    def to_json(self) -> dict[str, Any]:
        """Return the stable JSON form."""
        return {**asdict(self), "network": self.network, "files": self.files, "contained": self.contained}

    def __str__(self) -> str:
        parts = [
            "bubblewrap" if self.bubblewrap else "",
            f"Landlock {self.landlock_abi}" if self.landlock_abi else "",
            "seccomp" if self.seccomp else "",
            f"network: {self.network}",
            "user namespace" if self.user_namespace else "",
            "as root" if self.root else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a sandbox tells its zygote: it crosses as JSON."""

    root: str
    functions: tuple[str, ...]
    preload: tuple[str, ...]
    readable: tuple[str, ...]
    limits: ContainedLimits
    bubblewrap: bool

    def to_json(self) -> dict[str, Any]:
        """Return the form that crosses."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Terms:
        """Return what `to_json` was made of."""
        lists = {name: tuple(value[name]) for name in ("functions", "preload", "readable")}
        return cls(root=value["root"], bubblewrap=value["bubblewrap"], limits=ContainedLimits(**value["limits"]), **lists)
