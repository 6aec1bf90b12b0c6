"""Guards against inputs that are too big, too deep or too slow, applied before anything is parsed."""

from __future__ import annotations

from dataclasses import dataclass, fields

from arviz.core.errors import LimitError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Say how large an input may be; every reader takes one and checks before it allocates.

    The defaults leave room for the largest products seen in shops (tens of megabytes) and stop
    what would exhaust a 4 GiB machine.
    """

    file_bytes: int = 512 * 2**20
    json_bytes: int = 64 * 2**20
    json_values: int = 1_000_000
    json_depth: int = 64
    nodes: int = 20_000
    node_depth: int = 256
    drawn_instances: int = 20_000
    vertices: int = 20_000_000
    indices: int = 60_000_000
    attribute_bytes: int = 2 * 2**30
    images: int = 1024
    image_bytes: int = 256 * 2**20
    image_pixels: int = 16384 * 8192
    materials: int = 10_000
    name_length: int = 1024

    def __repr__(self) -> str:
        # Only what is not the default: signatures and `help` show it.
        changed = (f"{each.name}={getattr(self, each.name)}" for each in fields(self) if getattr(self, each.name) != each.default)
        return f"Limits({', '.join(changed)})"

    def check(self, name: str, value: int, *, where: object) -> None:
        """Raise `LimitError` if `value` exceeds the limit called `name`."""
        limit = getattr(self, name)
        if value > limit:
            raise LimitError(
                f"E_LIMIT_{name.upper()}",
                f"too many {name.replace('_', ' ')}",
                where=where,
                expected=f"at most {limit:,}",
                found=f"{value:,}",
                hint=f"Make the file smaller, or raise Limits.{name} from Python if you trust it.",
            )


DEFAULT_LIMITS = Limits()
