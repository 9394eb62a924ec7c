"""What holds for every test."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from tests.hostile_home import Proxy, plant

# How fast a machine is says nothing about a claim: a busy one must not turn a test red.
settings.register_profile("lab", deadline=None)
settings.load_profile("lab")

PROXY = pytest.StashKey[Proxy]()


def pytest_configure(config: pytest.Config) -> None:
    """All tests run on a machine whose user has other uses for the same tools; a worker has that of its controller."""
    if not hasattr(config, "workerinput"):
        folder = TemporaryDirectory(prefix="hostile-home-")
        config.add_cleanup(folder.cleanup)
        config.stash[PROXY] = Proxy()
        plant(Path(folder.name), config.stash[PROXY].url)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What went to this machine through the user's proxy is a fault of the lab, or of the test that asked."""
    if _asked(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say so."""
    for line in _asked(config)[:20]:
        terminalreporter.write_line(f"asked through the proxy, on this machine: {line}", red=True)


def _asked(config: pytest.Config) -> list[str]:
    proxy = config.stash.get(PROXY, None)
    return proxy.refused if proxy else []
