"""The command line: one module per command, imported when it is called.

``arviz --help`` imports click and nothing else; a command calls one flow and prints its result.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

COMMANDS = {
    "convert": "Turn product files into AR-ready GLB, true to size.",
    "inspect": "Show what is in a product file: structure, size, textures.",
    "check": "Check a product file: geometry, size, the rules of platforms.",
    "render": "Draw a product as a picture.",
    "doctor": "Check this machine: packages, libraries, OpenGL, extras.",
    "completion": "Print the shell completion script.",
}
"""name -> one-line summary; ``arviz.cli.<name>`` holds the command."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and summary, and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the command names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the command called `name`."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"arviz.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"arviz {version('arviz3d')}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version and exit.")
def group() -> None:
    """AR-ready 3D products: true-size GLB from any mesh file, pictures, and honest reports.

    \b
    Exit codes: 0 fine, 1 the product failed its checks, 2 wrong usage, 3 unusable input,
    4 over a limit, 5 something is not installed, 6 a driver or encoder failed, 7 part of a batch failed.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; the only place where errors become exit codes."""
    try:
        sys.exit(_run(arguments))
    except BrokenPipeError:
        # The reader of our output went away (`arviz ... | head`): nothing left to say, and no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _run(arguments: list[str] | None) -> int:
    from arviz.core.errors import ArvizError

    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        result: Any = group.main(args=arguments, prog_name="arviz", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ArvizError as error:
        _show(error, as_json="--json" in arguments)
        return error.exit_code
    except BrokenPipeError:
        raise
    except Exception as error:  # a door: whatever reaches it is a bug of ours
        return _bug(error)


def _show(error: Any, *, as_json: bool) -> None:
    from arviz.cli.terminal import say, say_json

    if as_json:
        say_json({"error": error.to_json()})
    say(error_text(error), err=True)


def error_text(error: Any) -> str:
    """Return an ArvizError as the command line shows it: message, code, hint."""
    from arviz.cli.terminal import printable

    text = click.style("error", fg="red", bold=True) + f": {printable(str(error))} [{error.code}]"
    return text + (f"\n  {click.style('hint', fg='cyan')}: {printable(error.hint)}" if error.hint else "")


def _interrupted() -> int:
    click.echo("\ninterrupted: finished products are complete, nothing is half-written", err=True)
    return 130


def _bug(error: Exception) -> int:
    if os.environ.get("ARVIZ_DEBUG"):
        import traceback

        traceback.print_exc()
    click.echo(
        f"error: arviz met a fault of its own: {type(error).__name__}: {error}\n"
        "  hint: please report it; set ARVIZ_DEBUG=1 to see where it happened.",
        err=True,
    )
    return 70
