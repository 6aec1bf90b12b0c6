"""``arviz view``: the designer's window."""

from __future__ import annotations

from pathlib import Path

import click

from arviz.cli.options import INPUT
from arviz.viewer.app import run
from arviz.viewer.words import LANGUAGES


@click.command("view")
@click.argument("files", metavar="FILE...", type=INPUT, nargs=-1)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of menus and messages.")
def command(files: tuple[Path, ...], language: str) -> int:
    """Open products in a window: turn, measure, light and compare them.

    Needs the extra [desktop]. Nothing leaves this machine, and no file is changed.

    \b
    Examples:
      arviz view sofa.glb
      arviz view sofa.glb chair.usdz --language zh
    """
    return run(files, language=language)
