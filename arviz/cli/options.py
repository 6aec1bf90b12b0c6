"""Options that mean one thing in every command."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from arviz.core.units import METRES_PER_UNIT, parse_length, parse_size, unit_name

INPUT = click.Path(path_type=Path, readable=False)
"""A file that is read: what is wrong with it, our own errors say (exit code 3, not 2)."""

_Option = Callable[[Callable[..., Any]], Callable[..., Any]]


class _Unit(click.Choice[str]):
    """A unit by its name, or a length of its own."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return unit_name(value) if any(character.isdigit() for character in value) else super().convert(value, param, ctx)


unit = click.option(
    "--unit",
    type=_Unit(["auto", *METRES_PER_UNIT]),
    default="auto",
    show_default=True,
    help="Length of one unit of the file, or a length such as 0.866m; auto: what the file says, or its listed size where one is given.",
)
service_folder = click.option(
    "--folder",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    envvar="ARVIZ_FOLDER",
    help="Folder of the service: jobs, keys, store. Default: ~/.local/share/arviz/service.",
)
lease = click.option(
    "--lease",
    type=click.FloatRange(1, 3600),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a job is held without a sign of life of the process that does it; then another takes it.",
)
jobs_per_day = click.option(
    "--jobs-per-day", type=click.IntRange(0), metavar="N", help="Jobs that a key may start in a day of UTC; its own limit goes first."
)
bytes_per_day = click.option(
    "--megabytes-per-day",
    "bytes_per_day",
    type=click.IntRange(0),
    metavar="N",
    callback=lambda _context, _option, megabytes: None if megabytes is None else megabytes * 10**6,
    help="What a key may send to be kept in a day of UTC; its own limit goes first.",
)
glb_out = click.option("-o", "--out", required=True, metavar="OUT.glb", type=click.Path(path_type=Path), help="The GLB to write.")
force = click.option("--force", is_flag=True, help="Replace a result that exists.")
json_output = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


def listed_size_options(function: click.decorators.FC) -> click.decorators.FC:
    """Add ``--size`` and ``--width``, ``--depth``, ``--height``; `listed_size` reads them."""
    function = click.option("--height", metavar="LENGTH", help="Listed height alone.")(function)
    function = click.option("--depth", metavar="LENGTH", help="Listed depth alone.")(function)
    function = click.option("--width", metavar="LENGTH", help="Listed width alone, with a unit: 218cm.")(function)
    help_ = "Listed size, width x depth x height with a unit: 218x102x79cm."
    return click.option("--size", metavar="WxDxH", help=help_)(function)


def listed_size(size: str | None, width: str | None, depth: str | None, height: str | None) -> tuple[float | None, ...] | None:
    """Return the listed size (x, y, z) in metres, None where not given; refuse both forms together."""
    sides = tuple(None if text is None else parse_length(text) for text in (width, height, depth))
    if size is not None:
        if any(side is not None for side in sides):
            raise click.UsageError("give either --size or --width, --depth, --height")
        return parse_size(size)
    return None if all(side is None for side in sides) else sides


def stated(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what a product file does not: its unit, listed size and axes.

    The command gets them as one mapping `stated`: ``unit``, ``size``, ``up`` and ``front`` as flows take them.
    """

    @unit
    @listed_size_options
    @click.option("--up", metavar="AXIS", help="The file's axis that points up, such as +Z.")
    @click.option("--front", metavar="AXIS", help="The file's axis that points to the shopper, such as -Y.")
    @functools.wraps(function)
    def command(
        *,
        unit: str,
        size: str | None,
        width: str | None,
        depth: str | None,
        height: str | None,
        up: str | None,
        front: str | None,
        **others: Any,
    ) -> Any:
        said = {"unit": None if unit == "auto" else unit, "size": listed_size(size, width, depth, height), "up": up, "front": front}
        return function(stated=said, **others)

    return command


def one_step(*own: _Option, out: _Option = glb_out) -> _Option:
    """Add what a command that changes one thing about a product takes, around its `own` options: FILE, `out`, `stated`, force and JSON.

    The command gets ``file``, ``as_json``, its own, and the rest as one mapping `asked`, as its flow takes it: ``out``, ``force``, and
    what `stated` says.
    """

    def added(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def command(*, out: Path, force: bool, stated: Mapping[str, Any], **others: Any) -> Any:
            return function(asked={"out": out, "force": force, **stated}, **others)

        options: tuple[_Option, ...] = (click.argument("file", type=INPUT), out, *own, stated, force, json_output)
        whole: Callable[..., Any] = command
        for option in reversed(options):
            whole = option(whole)
        return whole

    return added


shadow = click.option(
    "--shadow", type=float, metavar="0-1", help="Strength of the shadow on the floor; 0: none. Default: 1 where it can be."
)


variant = click.option("--variant", metavar="NAME", help="Material variant.")


def environment(function: click.decorators.FC) -> click.decorators.FC:
    """Add ``--environment``."""
    from arviz.flows.render import ENVIRONMENT

    help_ = "Light: studio, room or a Radiance file."
    return click.option("--environment", default=ENVIRONMENT, show_default=True, metavar="NAME|FILE.hdr", help=help_)(function)


def engine(function: click.decorators.FC) -> click.decorators.FC:
    """Add ``--engine``."""
    from arviz.render.renderer import RENDERERS

    return click.option("--engine", type=click.Choice(list(RENDERERS)), default="gl", show_default=True, help="Renderer.")(function)
