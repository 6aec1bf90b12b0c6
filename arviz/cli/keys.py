"""``arviz keys``: who may use a render service."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from arviz.cli.options import bytes_per_day, jobs_per_day, json_output, service_folder
from arviz.cli.terminal import printable, say, say_json

if TYPE_CHECKING:
    from arviz.service.keys import Keys

SCHEMA = "arviz.keys/1"


@click.group("keys")
def command() -> None:
    """Make, list and end the keys of a render service.

    \b
    Examples:
      arviz keys create shop --scope read --scope jobs --scope upload
      arviz keys revoke 3f1c9a52
    """


@command.command("create", short_help="Make a key.")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="SCOPE",
    help="What it may do: read, upload, jobs, tryon, admin; default: read, upload, jobs.",
)
@jobs_per_day
@bytes_per_day
@service_folder
@json_output
def create(
    name: str, scopes: tuple[str, ...], jobs_per_day: int | None, bytes_per_day: int | None, folder: Path | None, as_json: bool
) -> None:
    """Make a key called NAME and show it, this once; the service keeps its hash alone."""
    from arviz.service.settings import secret
    from arviz.service.webhooks import webhook_secret

    keys, at = _keys(folder)
    key, text = keys.create(
        name,
        scopes=scopes or ("read", "upload", "jobs"),
        jobs_per_day=jobs_per_day,
        bytes_per_day=bytes_per_day,
    )
    whsec = webhook_secret(key.id, secret=secret(at))
    if as_json:
        say_json({"schema": SCHEMA, "key": text, "webhook_secret": whsec, **key.to_json()})
        return
    say(f"key             {text}")
    say(f"webhook secret  {whsec}")
    say(f"may             {', '.join(key.scopes)}")
    say("Write it down: it is not shown again.", err=True)


@command.command("list", short_help="List keys.")
@service_folder
@json_output
def list_(folder: Path | None, as_json: bool) -> None:
    """List all keys with what they may do; their text is not known any more."""
    table, at = _keys(folder)
    keys = table.all()
    if as_json:
        say_json({"schema": SCHEMA, "keys": [key.to_json() for key in keys]})
        return
    for key in keys:
        made = datetime.fromtimestamp(key.created, UTC).strftime("%Y-%m-%d")
        say(f"{key.id}  {made}  {'ended ' if key.revoked else '      '} {', '.join(key.scopes):<22}  {printable(key.name)}")
    if not keys:
        say(f"there are no keys in {printable(str(at))} yet: `arviz keys create NAME`", err=True)


@command.command("revoke", short_help="End a key.")
@click.argument("id")
@service_folder
def revoke(id: str, folder: Path | None) -> None:
    """End the key called ID by `arviz keys list`; a service that runs takes notice within five seconds."""
    _keys(folder)[0].revoke(id)
    say(f"{printable(id)} is ended")


def _keys(folder: Path | None) -> tuple[Keys, Path]:
    from arviz.service.keys import Keys
    from arviz.service.settings import default_folder

    at = folder or default_folder()
    return Keys(at), at
