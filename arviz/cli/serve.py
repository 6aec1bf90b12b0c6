"""``arviz serve``: the render service."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import click

from arviz.cli.options import bytes_per_day, jobs_per_day, lease, service_folder
from arviz.cli.progress import progress_bar
from arviz.cli.terminal import say


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at; 0.0.0.0 for all.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 for any that is free.")
@service_folder
@click.option(
    "--store", default="", metavar="URL", help="Where files lie: a folder, s3://, gs:// or az://. Default: in the folder of the service."
)
@click.option("--cluster", metavar="tcp://HOST:PORT", help="Let a Dask cluster do the jobs.")
@click.option(
    "--workers",
    type=click.IntRange(0),
    metavar="N",
    help="Processes that do jobs here; 0: leave them to `arviz worker`. Default: one per core.",
)
@lease
@click.option(
    "--public-url",
    default="",
    metavar="URL",
    help="What stands before the paths of links. Default: the host of the request, if that is localhost, --host or this machine's.",
)
@click.option("--origin", "origins", multiple=True, metavar="URL", help="Page that may call the API from a browser; may be repeated.")
@click.option("--webhook-host", "webhook_hosts", multiple=True, metavar="HOST", help="Host of your own network that messages may go to.")
@click.option("--proxy", multiple=True, metavar="ADDRESS", help="Proxy before the service whose X-Forwarded-For is believed.")
@click.option("--tryon", is_flag=True, help="Accept photos of people; they are never kept.")
@click.option("--consent-url", default="", metavar="URL", help="Where try-on is explained to the people in the photo.")
@jobs_per_day
@bytes_per_day
@click.option("--allow-uncontained", is_flag=True, help="Read uploads even where this system cannot contain the process that does.")
def command(
    host: str,
    port: int,
    folder: Path | None,
    store: str,
    cluster: str | None,
    workers: int | None,
    lease: float,
    public_url: str,
    origins: tuple[str, ...],
    webhook_hosts: tuple[str, ...],
    proxy: tuple[str, ...],
    tryon: bool,
    consent_url: str,
    jobs_per_day: int | None,
    bytes_per_day: int | None,
    allow_uncontained: bool,
) -> None:
    """Serve uploads, conversions, pictures and pages over HTTP. Needs the extra [service].

    It keeps everything in one folder, and needs nothing else: no database server, no queue. The first start makes a key and shows it.

    \b
    Examples:
      arviz serve
      arviz serve --host 0.0.0.0 --public-url https://3d.shop.example --origin https://shop.example
      arviz serve --store s3://bucket/arviz --cluster tcp://scheduler:8786
    """
    if workers is not None and cluster is not None:
        raise click.UsageError("give either --workers or --cluster")
    from arviz.core.errors import DependencyError

    try:
        with progress_bar() as told:  # in a fresh environment Python compiles a thousand files here
            told("loading the service", 0.0)
            from arviz.service.server import serve
    except ImportError as error:
        if error.name and error.name.startswith("arviz"):
            raise  # a fault of ours
        raise DependencyError(
            "E_MISSING_EXTRA",
            "the render service needs packages that are not installed",
            found=str(error),
            hint="Run `pip install 'arviz3d[service]'`.",
        ) from error
    from arviz.service.settings import Settings, default_folder, origin_of

    settings = Settings(
        folder=folder or default_folder(),
        store=store,
        engine=cluster or ("local" if workers is None else f"local:{workers}"),
        work=workers != 0,
        lease_seconds=lease,
        public_url=public_url,
        hosts=(host.lower(),),
        origins=tuple(map(origin_of, origins)),
        webhook_hosts=webhook_hosts,
        tryon=tryon,
        consent_url=consent_url,
        jobs_per_day=jobs_per_day,
        bytes_per_day=bytes_per_day,
        allow_uncontained=allow_uncontained,
    )
    serve(settings, host=host, port=port, proxies=proxy, told=lambda url, first: _told(url, first, host))


def _told(url: str, first: tuple[str, str] | None, host: str) -> None:
    say(f"arviz serves {url} (Ctrl-C ends it)", err=True)
    if first is not None:
        key, whsec = first
        say(f"key             {key}\nwebhook secret  {whsec}", err=True)
        say("                This is the first start: write both down, they are not shown again. `arviz keys` makes others.", err=True)
        say(f"                Try it: {url}/#key={key}", err=True)
    if not _is_loopback(host):
        say("Others can reach it: put a proxy with TLS before it, see the guide `deploy`.", err=True)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
