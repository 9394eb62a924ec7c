"""This machine, as it was when something broke."""

import os
import shutil
from typing import Any

from lab.core.paths import ROOT


def read() -> dict[str, Any]:
    """This machine's disk and memory in bytes, and how many processes want to run, over 1, 5 and 15 minutes."""
    import psutil  # noqa: PLC0415 - only the failing path pays for it

    disk, memory = shutil.disk_usage(ROOT), psutil.virtual_memory()
    return {
        "disk": {"folder": str(ROOT), "total": disk.total, "free": disk.free},
        "memory": {"total": memory.total, "available": memory.available, "swap_used": psutil.swap_memory().used},
        "load": os.getloadavg(),
        "cores": os.cpu_count(),
    }
