"""Child processes of `up`: each in a group of its own, none outlives it."""

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STOP_SECONDS = 10  # what is under way may finish; then the group is killed


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen]:
    """`python ARGUMENTS` while the block runs; its whole group has ended afterwards.

    A signal to stop waits until the child is ours to stop: its exception would be lost in the
    interpreter's hooks around a fork, or leave the child behind.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        child = subprocess.Popen(
            [sys.executable, *arguments],
            start_new_session=True,  # Ctrl-C reaches us only; we stop it in order
            preexec_fn=partial(_prepare_child, os.getpid()),
        )
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            yield child
        finally:
            _stop_group(child)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def first_to_end(*children: subprocess.Popen) -> subprocess.Popen:
    """Wait until one of them ends by itself."""
    with ExitStack() as files:
        watched = {}
        for child in children:
            file = os.pidfd_open(child.pid)
            files.callback(os.close, file)
            watched[file] = child
        ready, _, _ = select.select(watched, [], [])
    ended = watched[ready[0]]
    ended.wait()
    return ended


def _prepare_child(parent: int) -> None:
    """In the child: hear signals, and end when `up` is killed without a chance to clean up."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    pr_set_pdeathsig = 1  # Linux
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
    if os.getppid() != parent:  # it was killed before we could ask to be told
        os._exit(1)


def _stop_group(child: subprocess.Popen) -> None:
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)  # its own children that did not listen
    child.wait()
