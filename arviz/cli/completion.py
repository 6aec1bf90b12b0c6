"""``arviz completion``: the script that lets a shell complete arviz commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from arviz.cli import group


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script for SHELL.

    \b
    Try it:      eval "$(arviz completion bash)"
    Keep it:     arviz completion bash >> ~/.bashrc
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(group, {}, "arviz", "_ARVIZ_COMPLETE").source())
    return 0
