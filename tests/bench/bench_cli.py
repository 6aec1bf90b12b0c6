"""What a start of the command line costs."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.bench.measure import Row, cpu_of_command, in_turn

ONE_COMMAND = """
import click


@click.command()
@click.argument("name")
@click.option("--count", default=1, help="How often.")
def main(name, count):
    \"\"\"Greet NAME.\"\"\"
    click.echo(f"Hello {name}! " * count)


main()
"""


def bench_help() -> Row:
    """Compare ``arviz --help`` with the help of a one-command click program: same interpreter, whole process."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "one_command.py"
        program.write_text(ONE_COMMAND, "utf-8")
        ours = cpu_of_command([str(Path(sys.executable).with_name("arviz")), "--help"])
        reference = cpu_of_command([sys.executable, str(program), "--help"])
        in_turn(ours, reference, rounds=2)  # fills the caches of bytecode and files
        return Row("arviz --help, against a one-command click program", *in_turn(ours, reference, rounds=21), 1.6)
