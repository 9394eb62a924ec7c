"""The cdk8s app: writes dist/, one file a topology of experiment.yaml. No flags, no environment."""

import sys
from pathlib import Path

from lab.settings.layout import of_own_cluster
from lab.settings.loading import committed
from lab.tools.node import use_node

use_node()  # jsii starts Node as soon as it is imported
sys.path.insert(0, str(Path(__file__).parent / "constructs"))

from cdk8s import App  # noqa: E402

from matching_engine.experiment import ExperimentChart  # noqa: E402

app = App()
settings = committed()
for name in settings.topologies:
    ExperimentChart(app, name, settings=settings, topology=settings.topology(name), layout=of_own_cluster(settings))
app.synth()
