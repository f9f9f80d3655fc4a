"""`bencao model pull`: get the default local model, with progress, resumable, checked by SHA-256."""

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli.flags import AsJson

__all__ = ["command", "pull_with_progress"]


def command(as_json: AsJson = False) -> None:
    """Get the default local model (1.1 GB). A pull that was stopped goes on where it was."""
    path = pull_with_progress(Console(stderr=True))
    typer.echo(json.dumps({"path": str(path)}) if as_json else str(path))


def pull_with_progress(console: Console) -> Path:
    """Return the model's file, showing how much has arrived unless it is there already.

    Raises:
        PullFailed: there is no network, no room on the disk, or the download is damaged.
    """
    from reasoning.llm.pull import default_model_path, pull, pulled_model

    if there := pulled_model():
        return there
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        task = bars.add_task("language model")

        def report(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total)

        return pull(default_model_path().parent, progress=report)
