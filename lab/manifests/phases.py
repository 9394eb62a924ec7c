"""The parts in which a manifest is applied, as label selectors: what comes first, and what a switch keeps for its end.

While another topology stands, the entry goes on leading there until what it is to lead to is ready, and what says which
topology stands names the new one when nothing else stands any more.
"""

SWITCH = "matching-engine-lab/switch"
"""The label of the objects that a switch of topologies applies last, each with a value of its own."""
ENTRY, TOPOLOGY = "entry", "topology"

WORKLOADS = "app in (matching-engine,edge-gateway,control)"
"""What handles orders, which starts when the broker has its topics; and the control beside it."""
NOT_WORKLOADS = "app notin (matching-engine,edge-gateway,control)"
ADDED = f"{NOT_WORKLOADS},!{SWITCH}"
"""What is applied first while another topology is up: none of it takes anything from what is running."""
SWITCHED_ENTRY = f"{SWITCH}={ENTRY}"
SWITCHED_TOPOLOGY = f"{SWITCH}={TOPOLOGY}"
