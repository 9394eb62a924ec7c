"""Prometheus and its promtool as programs of this machine, or out of Prometheus' image."""

from pathlib import Path

FOREVER = 14 * 86_400.0
"""Seconds for what ends when it is ended: poll(2) waits 24 days at most."""
BACKFILL = 600.0
"""Seconds for a run's points to be written as Prometheus' files: 25 MB of text take about 3."""
POINTS, BLOCKS, CONFIG = "points.om", "data", "prometheus.yml"
"""In the folder that is served: the points as text, Prometheus' files made of them, its configuration."""
NOTHING_SCRAPED = "scrape_configs: []\n"
LOOKBACK = "30s"
"""For which a point counts: a pod that was replaced would stay for Prometheus' own 5 minutes, since what is filled in
afterwards has no mark of its end. The kubelet's points lie up to 20 s apart."""


def backfill_words(folder: Path) -> tuple[str, ...]:
    """What promtool is told, to make Prometheus' files of the points in a folder."""
    return ("tsdb", "create-blocks-from", "openmetrics", str(folder / POINTS), str(folder / BLOCKS))


def server_words(folder: Path, *, listen: str) -> tuple[str, ...]:
    """What Prometheus is told, to serve a folder at an address and keep its points however old they are."""
    return (
        f"--config.file={folder / CONFIG}",
        f"--storage.tsdb.path={folder / BLOCKS}",
        "--storage.tsdb.retention.time=100y",
        f"--query.lookback-delta={LOOKBACK}",
        f"--web.listen-address={listen}",
    )
