"""The tools of one lab, each looked up once."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from lab.core.causes import TOOL_MISSING
from lab.core.errors import PreflightError
from lab.core.figures import size
from lab.process import shell
from lab.settings.settings import ToolSettings
from lab.tools import download, tools
from lab.tools.tools import Tool


class Toolbox:
    """The tools, looked up when first asked for, downloaded or built where need be; safe to ask from several threads.

    `on_progress` is told of a download: a name, the bytes there are, and will be; `on_build` of a build: a line.

    Args:
        specs: Each tool's versions.
        downloads: Whether a missing tool is downloaded; for a plan it isn't.
    """

    def __init__(self, specs: dict[str, ToolSettings], *, downloads: bool = True) -> None:
        self.specs = specs
        self.on_progress: download.Progress = lambda *_: None
        self.on_build: Callable[[str], None] = lambda _: None
        self._downloads = downloads
        self._tools: dict[str, Tool] = {}
        self._locks = {name: threading.Lock() for name in specs}

    def tell(self, say: Callable[[str], None]) -> None:
        """Tell of downloads and builds in a few words each."""
        self.on_progress = lambda tool, got, whole: say(f"downloading {tool}: {_downloaded(got, whole)}")
        self.on_build = say

    def tool(self, name: str) -> Tool:
        """The tool of this name.

        Raises:
            PreflightError: It is neither there nor to be had.
            UsageError: A file that pins it is damaged, or the settings give no range of versions.
        """
        with self._locks[name]:
            if name not in self._tools:
                self._tools[name] = self._look_up(name)
            return self._tools[name]

    def _look_up(self, name: str) -> Tool:
        if self._downloads:
            return tools.ensure(name, self.specs[name], progress=self.on_progress, tell=self.on_build)
        found = tools.find(name, self.specs[name])
        if isinstance(found, tools.Missing):
            raise PreflightError(
                f"{found.reason}; the next command that needs it downloads {found.pinned}", cause=TOOL_MISSING
            )
        return found

    def path(self, name: str) -> str:
        """Where the tool is; raises as `tool` does."""
        return str(self.tool(name).path)

    def ensure_all(self, names: Iterable[str] | None = None) -> None:
        """Have the tools of these names, or every one, side by side; raises as `tool` does."""
        chosen = tuple(self.specs if names is None else names)
        with ThreadPoolExecutor(max_workers=max(1, len(chosen))) as pool:
            try:
                list(pool.map(self.tool, chosen))
            except KeyboardInterrupt:
                shell.stop_all()  # else leaving the pool would wait for a build to end
                raise

    def version(self, name: str) -> str:
        """The tool's version, or the one that will be downloaded; nothing is, for that."""
        if name in self._tools:
            return self._tools[name].version
        found = tools.find(name, self.specs[name])
        return found.version if isinstance(found, tools.Tool) else found.pinned

    def shown(self, name: str) -> str:
        """The tool as a plan shows it: nothing is downloaded for that."""
        found = tools.find(name, self.specs[name])
        return str(found.path) if isinstance(found, tools.Tool) else name


def _downloaded(got: int, whole: int | None) -> str:
    return size(got) + (f" of {size(whole)}" if whole else "")
