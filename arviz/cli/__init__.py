"""The command line: one module per command, imported when it is called.

``arviz --help`` imports click and nothing else; a command calls one flow and prints its result.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

COMMANDS = {
    "convert": "Turn product files into AR-ready GLB, true to size.",
    "batch": "Convert every product of a catalogue.",
    "simplify": "Draw a product with fewer triangles: to a count or an error.",
    "lods": "Write a product at several levels of detail.",
    "textures": "Take out what textures carry in vain; change formats of pictures.",
    "unwrap": "Give a product texture coordinates where it has none.",
    "bake": "Paint the normals of a fine product, and occlusion, on a coarse one.",
    "hulls": "Write convex hulls that hold a product, for physics.",
    "flip": "Write the mirror image of a product.",
    "inspect": "Show what is in a product file: structure, size, textures.",
    "check": "Check a product file: geometry, size, the rules of platforms.",
    "variants": "List, add and change the material variants of a product.",
    "anchors": "List, check, guess and change the named points of a product.",
    "diff": "Say what differs between two product files.",
    "render": "Draw a product as a picture.",
    "turntable": "Draw a product from all around, as a looping clip.",
    "thumbnail": "Draw a product as a picture of the right size and weight for a device.",
    "embed": "Make a folder that shows a product in a web page.",
    "calibrate": "Calibrate a camera from photos of a printed board.",
    "room": "Measure a room from photos, depth frames or a phone's scan.",
    "place": "Put products into a measured room, where they fit.",
    "tryon": "Try glasses and make-up on the people in a photo or a film.",
    "mirror": "Show a live mirror with glasses or make-up on.",
    "view": "Look at products in a window: turn, measure, light them.",
    "recipe": "Make and check recipes: what is tried on.",
    "landmarks": "Find the points of faces, bodies and hands in a photo or a film.",
    "models": "List, fetch and check the networks that find faces and hands.",
    "serve": "Serve uploads, conversions, pictures and pages over HTTP.",
    "worker": "Do the jobs of a render service.",
    "keys": "Make, list and end the keys of a render service.",
    "sign": "Sign the address of a picture or a file for a page.",
    "doctor": "Check this machine: packages, libraries, OpenGL, extras.",
    "completion": "Print the shell completion script.",
}
"""name -> one-line summary; ``arviz.cli.<name>`` holds the command."""


class _OutputError(Exception):
    """What we print is not taken: the reader went away, or the disk is full."""


_REFUSED = (errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EBADF)


@contextmanager
def _output_errors() -> Iterator[None]:
    # click itself would end with 1 where the reader has gone away, the code of a product that failed its checks.
    try:
        yield
    except OSError as error:
        if error.errno in _REFUSED and error.filename is None:  # errors of files that we open name them
            raise _OutputError from error
        raise


class LazyGroup(click.Group):
    """A group that knows its commands by name and summary, and imports one only to run it."""

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the arguments; ``--help`` and ``--version`` print here."""
        with _output_errors():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _output_errors():
            return super().invoke(ctx)

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
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # names of products in a terminal that knows ASCII alone
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # FFmpeg would write to stderr what is raised as an error
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads spin for 50 ms after each product that wakes them
    _end_tidily()
    try:
        code = _run(arguments)
        with _output_errors():
            if sys.stdout is not None:
                sys.stdout.flush()
    except _OutputError as error:
        code = _not_taken(error.__cause__)
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)
    sys.exit(code)


def _not_taken(cause: Any) -> int:
    """Return the exit code where stdout took no more: 0 for a reader that has seen enough (`arviz ... | head`)."""
    from arviz.cli.terminal import say
    from arviz.core.errors import BackendError

    _silence(sys.stdout)
    if cause.errno == errno.EPIPE:
        return 0
    say(error_text(BackendError("E_STDOUT", "the output cannot be written", where="stdout", found=cause.strerror)), err=True)
    return BackendError.exit_code


def _silence(stream: Any) -> None:
    # What waits in the buffer would be tried again when Python ends, and turn the exit code into 120.
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return


def _end_tidily() -> None:
    """Let a closed terminal or a stopped container unwind as Ctrl-C does, so that no half-written file stays."""
    import signal

    def end(number: int, _: Any) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)


def _run(arguments: list[str] | None) -> int:
    from arviz.core.absent import absent
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
        _usage(error)
        return error.exit_code
    except ArvizError as error:
        return _show(error, as_json="--json" in arguments)
    except _OutputError:
        raise
    except Exception as error:  # a door: whatever reaches it is a bug of ours, or is not installed
        missing = absent(error)
        return _bug(error) if missing is None else _show(missing, as_json="--json" in arguments)


def _usage(error: click.ClickException) -> None:
    try:
        error.show()
    except OSError:
        _silence(sys.stderr)


def _show(error: Any, *, as_json: bool) -> int:
    from arviz.cli.terminal import say, say_json

    if as_json:
        say_json({"error": error.to_json()})
    say(error_text(error), err=True)
    code: int = error.exit_code
    return code


def error_text(error: Any) -> str:
    """Return an ArvizError as the command line shows it: message, code, hint."""
    from arviz.cli.terminal import hint_text, printable

    return click.style("error", fg="red", bold=True) + f": {printable(str(error))} [{error.code}]{hint_text(error.hint)}"


def _interrupted() -> int:
    from arviz.cli.terminal import say

    say("\ninterrupted: finished products are complete, nothing is half-written", err=True)
    return 130


def _bug(error: Exception) -> int:
    if os.environ.get("ARVIZ_DEBUG"):
        import traceback

        traceback.print_exc()
    from arviz.cli.terminal import printable, say

    say(
        f"error: arviz met a fault of its own: {type(error).__name__}: {printable(str(error))}\n"
        "  hint: please report it; set ARVIZ_DEBUG=1 to see where it happened.",
        err=True,
    )
    return 70
