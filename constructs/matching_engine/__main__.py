"""Writes the manifests that are applied: the same charts as dist/, of the settings that are read on stdin.

    python -m matching_engine < {"settings": {…}, "topologies": ["single"], "layout": {…}, "outdir": "…"}

Each file is complete from the moment it has its name. Exits with 2 and a line when the constructs refuse the settings.
"""

import json
import sys
import tempfile
from pathlib import Path

from lab.settings.layout import load
from lab.settings.settings import Settings
from lab.tools.node import use_node

use_node()  # jsii starts Node as soon as it is imported

from cdk8s import App  # noqa: E402

from matching_engine.experiment import ExperimentChart  # noqa: E402


def main() -> None:
    """Read the request, write the files."""
    request = json.load(sys.stdin)
    settings = Settings.model_validate(request["settings"])
    layout = load(request["layout"])
    outdir = Path(request["outdir"])
    outdir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=outdir) as folder:
        app = App(outdir=folder)
        for name in request["topologies"]:
            ExperimentChart(app, name, settings=settings, topology=settings.topology(name), layout=layout)
        app.synth()
        for file in sorted(Path(folder).iterdir()):
            file.replace(outdir / file.name)


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
