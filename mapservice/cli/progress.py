"""Progress of long work: a bar on a terminal, one line per finished step otherwise."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Report = Callable[[str, int, int], None]


@contextmanager
def steps() -> Iterator[Report]:
    """A function to call with (step, done, of how many) as the work goes on."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as bars:
        tasks = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=total)
            bars.update(tasks[step], completed=done)

        yield report


def _lines() -> Report:
    began: dict[str, float] = {}

    def report(step: str, done: int, total: int) -> None:
        began.setdefault(step, time.monotonic())
        if done >= total:
            click.echo(f"{step}: {total} in {time.monotonic() - began[step]:.1f} s", err=True)

    return report
