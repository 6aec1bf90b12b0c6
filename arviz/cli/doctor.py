"""``arviz doctor``: does this machine have what arviz needs."""

from __future__ import annotations

import click

from arviz.cli.options import json_output
from arviz.cli.terminal import printable, say, say_json
from arviz.core.errors import DependencyError
from arviz.flows.doctor import doctor, healthy, to_json
from arviz.jobs.sandbox.doctor import sandbox_check


@click.command("doctor")
@json_output
def command(as_json: bool) -> int:
    """Check this machine: Python, packages, system libraries, OpenGL, cache, extras, sandbox.

    Prints the command that brings whatever is missing. Exit code 5 if something needed does not work.
    """
    checks = [*doctor(), sandbox_check()]
    if as_json:
        say_json(to_json(checks))
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            mark = click.style("ok  ", fg="green") if check.ok else click.style("FAIL", fg="red") if check.needed else "-   "
            say(f"{mark} {check.name:<{width}}  {printable(check.found)}")
            if not check.ok:
                say(f"     {'':<{width}}  {printable(check.hint)}")
        say("everything needed works" if healthy(checks) else "something needed does not work: see FAIL above")
    return 0 if healthy(checks) else DependencyError.exit_code
