"""A workload's process: settings from the environment, then the event loop until a signal."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import uvloop

from serving.errors import SettingsError, WorkloadError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

SettingsT = TypeVar("SettingsT")
Serve: TypeAlias = "Callable[[SettingsT, asyncio.Event], Coroutine[None, None, None]]"
log = logging.getLogger("process")


def run(read: Callable[[Mapping[str, str]], SettingsT], serve: Serve[SettingsT]) -> int:
    """Read the settings and serve until SIGTERM or SIGINT sets the event.

    The exit status is 0 after a signal, 2 for wrong settings, 1 for what can't be had or failed, each with one line.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = read(os.environ)
    except SettingsError as error:
        log.critical("%s", error)
        return 2
    try:
        uvloop.run(_serve(settings, serve))
    except WorkloadError as error:
        log.critical("%s", error)
        return 1
    return 0


async def _serve(settings: SettingsT, serve: Serve[SettingsT]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings, stop)
