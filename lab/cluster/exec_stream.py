"""A shell script in a container that goes on for a while: what it prints is read line by line, through kubectl."""

import os
import subprocess

from lab.cluster.kube import Kube, exec_words
from lab.process.environment import environment


def begin(kube: Kube, pod: str, script: str, *, namespace: str, container: str) -> subprocess.Popen[str]:
    """Start it; whoever does ends the process, which leaves the script to end by itself."""
    words = exec_words(pod, ("sh", "-c", script), namespace=namespace, container=container)
    return subprocess.Popen(
        kube.access.kubectl(*words, kubectl=kube.kubectl),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=environment(os.environ, {}), start_new_session=True,
    )  # fmt: skip
