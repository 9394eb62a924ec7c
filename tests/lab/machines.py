"""Plain values of machines that a run may be on."""

from lab.store.made_with import Host

MACHINE = Host(
    system="Linux", architecture="x86_64", processor="x", cores=8, memory=1, load=(0.0, 0.0, 0.0), docker={"cores": 2}
)
"""One whose Docker has fewer cores than it."""
