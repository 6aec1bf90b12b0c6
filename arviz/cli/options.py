"""Options that mean one thing in every command."""

from __future__ import annotations

import click

unit = click.option(
    "--unit",
    type=click.Choice(["auto", "mm", "cm", "m", "in", "ft"]),
    default="auto",
    show_default=True,
    help="Length of one unit of the file; auto: what the file or its listed size says.",
)
json_output = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


def axes(function: click.decorators.FC) -> click.decorators.FC:
    """Add ``--up`` and ``--front``."""
    function = click.option("--front", metavar="AXIS", help="The file's axis that points to the shopper, such as -Y.")(function)
    return click.option("--up", metavar="AXIS", help="The file's axis that points up, such as +Z.")(function)
