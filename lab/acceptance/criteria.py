"""The checks in the order in which they are told: the spec's criteria, then the layers."""

from lab.acceptance import (
    addresses,
    broker,
    grafana,
    images,
    layers,
    live,
    nodes,
    order,
    outage,
    parts,
    runner,
    teardown,
)
from lab.acceptance.check import Check

CHECKS = (
    Check(id="ac1", criterion="the cluster has its server and agents, all Ready", look=nodes.look),
    Check(id="ac2", criterion="Prometheus and Grafana are Running", look=parts.look_at_monitoring),
    Check(id="ac3", criterion="redpanda-0 is Running and has its topics", look=broker.look),
    Check(id="ac4", criterion="the engine's and the gateway's images are in the cluster", look=images.look),
    Check(id="ac5", criterion="one shard starts, is healthy and is scraped", look=parts.look_at_first_shard),
    Check(id="ac6", criterion="all shards and the gateway run and are healthy", look=parts.look_at_all),
    Check(id="ac7", criterion="orders, Prometheus and a port-forward answer", look=addresses.look_at_ports),
    Check(id="ac8", criterion="GET /health at the entry is 200", look=addresses.look_at_health),
    Check(id="ac9", criterion="a test order raises me_matches_total in Prometheus by 1", look=order.look),
    Check(id="ac10", criterion="Grafana opens with its login and has the Prometheus data source", look=grafana.look),
    Check(id="ac11", criterion="teardown leaves nothing", look=teardown.look, disturbs=True),
    Check(id="ac12", criterion="ASR 1's runner executes A1 and A2 end-to-end", look=runner.look_at_asr1, disturbs=True),
    Check(id="ac13", criterion="ASR 2's runner executes B2 and B3 end-to-end", look=runner.look_at_asr2, disturbs=True),
    Check(id="ac14", criterion="the broker goes and comes back, orders go on", look=outage.look, disturbs=True),
    Check(id="names", criterion="maps, Services, ports and annotations agree", look=layers.look_at_names),
    Check(id="scraped", criterion="each pod is scraped once", look=layers.look_at_scraping),
    Check(id="room", criterion="the pods' requests, beside what Docker has", look=layers.look_at_room),
    Check(id="drift", criterion="the cluster is what the settings yield", look=live.look),
)  # fmt: skip
