"""`bencao serve`: the service in the foreground, until Ctrl-C or SIGTERM."""

import asyncio
import json
import signal

import typer

from services.cli.flags import AsJson, with_settings
from services.settings import Settings

__all__ = ["command", "until_stopped"]


@with_settings
def command(as_json: AsJson = False, *, settings: Settings) -> None:
    """Serve the graph over gRPC. An embedded graph that is missing or out of date is built first."""
    from services.telemetry import set_up_logs

    set_up_logs(settings.log_level, settings.log_format)
    asyncio.run(_serve(settings, as_json))


async def _serve(settings: Settings, as_json: bool) -> None:
    from services.compose import open_service
    from services.rpc.server import serving

    async with open_service(settings) as service, serving(service, settings) as port:
        stopped = until_stopped()  # not earlier: while the service opens, Ctrl-C ends the process at once
        state = {
            "address": f"{settings.host}:{port}",
            "domains": {name: domain.pack.version for name, domain in service.domains.items()},
            "default": service.default,
            "model": next(iter(service.domains.values())).model_name,
        }
        if as_json:
            typer.echo(json.dumps(state))
        else:
            model = state["model"] or "none (`bencao model pull` gets one)"
            typer.echo(f"serving {', '.join(service.domains)} on {state['address']}, model: {model}; Ctrl-C stops")
        await stopped.wait()


def until_stopped() -> asyncio.Event:
    """Return an event that Ctrl-C or SIGTERM sets, so that the server ends its calls before it goes."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped
