"""What is wrong in the settings is said with its file, line, value and what is allowed."""

from pathlib import Path

import pytest
import yaml

from lab.core.errors import UsageError
from lab.settings import loading
from lab.settings.loading import EXPERIMENT, files, load, read

KEYS = "name, runtime, process, kubernetes, cluster, ports, node_ports, images, sources, charts, tools, grafana, topics, resources, deadlines, topologies, suites, cases, loadtests, load, engine, capacity, validity"

# A file laid over experiment.yaml; the line in it that is to be changed; what is said of it.
WRONG: list[tuple[str, int, str]] = [
    ("prots: {entry: 1}", 1, f"unknown key 'prots'; did you mean ports?; allowed here: {KEYS}"),
    ("ports:\n  entry: 81\n  grfana: 1", 3, "unknown key 'ports.grfana'; did you mean grafana?; allowed here: entry, control, prometheus, grafana, registry"),
    ("cases:\n  a4:\n    fault:\n      form: 5s", 4, "unknown key 'cases.a4.fault.form'; did you mean for?; allowed here: after, for"),
    ("cases:\n  a9:\n    title: x\n    rate: 1", 2, "key 'cases.a9.duration' is missing; add it"),
    ("ports: [1]", 1, "ports: must be a mapping; got [1]"),
    ("ports:\n- entry: 1", 1, "ports: must be a mapping; got [{'entry': 1}]"),
    ("images:\n  engine:", 2, "images.engine: must be a mapping; got nothing"),
    ("topics:\n  names: orders", 2, "topics.names: must be a list; got 'orders'"),
    ("suites: {asr1: {cases: []}}", 1, "suites.asr1.cases: must not be empty; got []"),
    ("charts:\n  grafana:\n    version: 12.1", 3, "charts.grafana.version: must be text, in quotes where YAML would read something else; got 12.1"),
    ("cases: {a1: {judged: perhaps}}", 1, "cases.a1.judged: must be true or false; got 'perhaps'"),
    ("cases: {a1: {judged: 'no'}}", 1, "cases.a1.judged: must be true or false; got 'no'"),
    ("cases: {a1: {judged: 0}}", 1, "cases.a1.judged: must be true or false; got 0"),
    ("cases: {a2: {slo: {error_rate: yes}}}", 1, "cases.a2.slo.error_rate: must be a number; got yes"),
    ("cases: {a2: {slo: {p99_ms: true}}}", 1, "cases.a2.slo.p99_ms: must be a number; got true"),
    ("cases: {a2: {slo: {p99_ms: '200'}}}", 1, "cases.a2.slo.p99_ms: must be a number; got '200'"),
    ("cases: {a2: {slo: {step_ms: 1.0e+999}}}", 1, "1.0e+999 is no finite number; write one, or put it in quotes if it is text"),
    ("cases:\n  a4:\n    slo: {rise: .inf}", 3, ".inf is no finite number; write one, or put it in quotes if it is text"),
    ("cases:\n  a4:\n    slo: {lost: true}", 3, "cases.a4.slo.lost: must be a whole number; got true"),
    ("cases:\n  a4:\n    slo: {lost: '0'}", 3, "cases.a4.slo.lost: must be a whole number; got '0'"),
    ("cases:\n  a4:\n    smoke: {clean: yes, rate: ~}", 3, "cases.a4.smoke.rate: must be a whole number; got ~"),
    ("validity: {generator_cpu: on}", 1, "validity.generator_cpu: must be a number; got on"),
    (f"name: {'x' * 500}", 1, f"name: must be a DNS label of at most 32 characters: a-z, 0-9 and -, starting and ending with a letter or digit; got '{'x' * 78}…"),
    (f"ports: {{entry: {'9' * 5000}}}", 1, f"not valid YAML: '{'9' * 79}…' is no int; correct the line"),
    ("charts:\n  prometheus:\n    values: {a: 2026-01-01}", 3, "2026-01-01 reads as a date in YAML; put it in quotes"),
    ("charts:\n  prometheus:\n    values:\n      a: [.nan]", 4, ".nan is no finite number; write one, or put it in quotes if it is text"),
    ('charts:\n  grafana:\n    chart: "x\\0y"', 3, "'x\\x00y' has the control character U+0000; leave it out"),
    ('cases:\n  a2:\n    title: "x\\e[31m"', 3, "'x\\x1b[31m' has the control character U+001B; leave it out"),
    ('cases:\n  a2:\n    title: "x\\ny"', 3, "'x\\ny' has the control character U+000A; write it in one line"),
    ("ports:\n\n  entry: '8080'", 3, "ports.entry: must be a whole number; got '8080'"),
    ("ports: {entry: 65536}", 1, "ports.entry: must be less than or equal to 65535; got 65536"),
    ("node_ports: {entry: 80}", 1, "node_ports.entry: must be greater than or equal to 30000; got 80"),
    ("cluster: {servers: 3}", 1, "cluster.servers: must be 1; got 3"),
    ("images:\n  engine: {build: workloads/engine}", 2, "unknown key 'images.engine.build'; allowed here: name, pull_policy"),
    ("sources:\n  redpanda: x", 2, "unknown key 'sources.redpanda'; allowed here: engine, gateway"),
    ("sources: {engine: ''}", 1, "sources.engine.folder: must not be empty; got ''"),
    ("images: {delivery: scp}", 1, "images.delivery: must be 'registry' or 'import'; got 'scp'"),
    ("grafana: {password: secret}", 1, "grafana.password: must be 'admin' or 'generate'; got 'secret'"),
    ("cases:\n  a1:\n    duration: 5x", 3, "cases.a1.duration: must be a duration such as 90s, 5m or 1m30s; got '5x'"),
    ("resources: {engine: {requests: {cpu: two}}}", 1, "resources.engine.requests.cpu: must be a Kubernetes quantity such as 500m, 2 or 512Mi; got 'two'"),
    ("resources:\n  engine:\n    limits: {memory: 1024m}", 3, "resources.engine.limits.memory: must be an amount such as 512Mi or 2Gi, from 1Mi to 1Pi; 1024m is 1.02 bytes; got '1024m'"),
    ("resources:\n  engine:\n    requests: {cpu: '4'}\n    limits:\n      cpu: '2'", 3, "resources.engine: requests.cpu (4) is above limits.cpu (2); lower one, or raise the other"),
    ("resources:\n  redpanda:\n    requests: {memory: 3Gi}", 3, "resources.redpanda: requests.memory (3Gi) is above limits.memory (2Gi); lower one, or raise the other"),
    ("resources:\n  engine:\n    limits: {ephemeral-storage: 64Mi}", 3, "resources.engine: requests.ephemeral-storage (128Mi) is above limits.ephemeral-storage (64Mi); lower one, or raise the other"),
    ("deadlines:\n  engine: 0s", 2, "deadlines.engine: must be greater than 0; got '0s'"),
    ("name: My_Lab", 1, "name: must be a DNS label of at most 32 characters: a-z, 0-9 and -, starting and ending with a letter or digit; got 'My_Lab'"),
    (f"name: {'a' * 33}", 1, f"name: must be a DNS label of at most 32 characters: a-z, 0-9 and -, starting and ending with a letter or digit; got '{'a' * 33}'"),
    ("ports:\n  grafana: 3001\n  entry: 9090", 3, "ports.prometheus and ports.entry are both 9090; give each its own"),
    ("ports:\n  entry: 81\n  grafana: 81", 3, "ports.grafana and ports.entry are both 81; give each its own"),
    ("node_ports: {grafana: 30080}", 1, "node_ports.grafana and node_ports.entry are both 30080; give each its own"),
    ("topologies:\n  multi:\n    shards:\n      a: [X, Y]\n      b: [Z,\n          Y]", 5, "symbol 'Y' belongs to shards a and b; give it to one"),
    ("topologies:\n  single:\n    shards:\n      z: [TEST-ASSET-B]", 4, "symbol 'TEST-ASSET-B' belongs to shards a and z; give it to one"),
    ("topologies:\n  single:\n    shards:\n      A_b: [X]", 4, "shard id must be a DNS label of at most 54 characters (a-z, 0-9, -); got 'A_b'"),
    ("topologies: {single: {shards: {a: []}}}", 1, "shard 'a' owns no symbol; give it at least one"),
    ("topologies:\n  none:\n    shards: {}", 2, "topology 'none' has no shard; give it at least one"),
    ("topologies:\n  Two:\n    shards: {a: [X]}", 2, "topology name must be a DNS label of at most 63 characters (a-z, 0-9, -); got 'Two'"),
    ("suites:\n  asr1:\n    topology: tripple", 3, "topology must be one of single, multi; got 'tripple'"),
    ("suites:\n  asr1:\n    cases: [a1,\n      a9]", 4, "case must be one of a1, a2, a3-100, a3-1000, a3-10000, a4, b1, b1-peak, b2, b3, b4; got 'a9'"),
    ("cases:\n  a2:\n    warmup: 5m", 3, "cases.a2: warmup (300 s) must be shorter than duration (300 s)"),
    ("cases:\n  a4:\n    fault: {for: 3m30s}", 3, "cases.a4: the fault ends at 270 s, the load at 270 s: the load must go on past the recovery"),
    ("cases:\n  a4:\n    fault: {after: 15s}", 3, "cases.a4: the fault begins at 15 s, before the warm-up ends at 15 s"),
    ("cases: {a2: {rate: 0}}", 1, "cases.a2.rate: must be greater than 0; got 0"),
    ("cases: {a2: {rate: true}}", 1, "cases.a2.rate: must be a whole number; got true"),
    ("cases:\n  a2:\n    smoke:\n      ratte: 5", 4, "unknown key 'cases.a2.smoke.ratte'; did you mean rate?; allowed here: smoke, title, rate, duration, stages, arrivals, warmup, judged, shards, hot, book, clean, slo, fault"),
    ("cases:\n  a2:\n    smoke:\n      slo: {p99: 1}", 4, "unknown key 'cases.a2.smoke.slo.p99'; did you mean p99_ms?; allowed here: p99_ms, error_rate, rise, at_least_ms, step_ms, matches, keeps_up, isolation, lost"),
    ("cases:\n  a2:\n    smoke:\n      duration: soon", 4, "cases.a2.smoke.duration: must be a duration such as 90s, 5m or 1m30s; got 'soon'"),
    ("cases:\n  a2:\n    smoke: {duration: 3s}", 3, "cases.a2.smoke: warmup (5 s) must be shorter than duration (3 s)"),
    ("cases:\n  a2:\n    smoke: {smoke: {rate: 1}}", 3, "cases.a2.smoke: a trial has no trial of its own; leave the inner smoke out"),
    ("suites:\n  asr2:\n    scaling:\n      against: multi", 4, "suites.asr2.scaling.against must be a topology of fewer shards than multi; got 'multi'"),
    ("suites:\n  asr1:\n    conditional: [b1]", 3, "suites.asr1.conditional must be of its cases: a1, a2, a3-100, a3-1000, a3-10000, a4; got b1"),
    ("cases:\n  b1:\n    shards: [a,\n      d]", 4, "cases.b1.shards must be of topology multi: a, b, c; got 'd'"),
    ("cases:\n  b4:\n    hot:\n      symbol: X", 4, "cases.b4.hot.symbol must be one that gets orders: TEST-ASSET-A, TEST-ASSET-B, TEST-ASSET-C, TEST-ASSET-D, TEST-ASSET-E, TEST-ASSET-F, TEST-ASSET-G, TEST-ASSET-H, TEST-ASSET-I, TEST-ASSET-J, TEST-ASSET-K, TEST-ASSET-L; got 'X'"),
    ("cases:\n  b3:\n    slo:\n      keeps_up: {baseline: b4}", 4, "cases.b3.slo.keeps_up.baseline must be a case that runs before b3: b1, b1-peak, b2; got 'b4'"),
    ("cases:\n  b4:\n    slo:\n      isolation:\n        reference: b9", 5, "cases.b4.slo.isolation.reference must be a case that runs before b4: b1, b1-peak, b2, b3; got 'b9'"),
    ("cases:\n  b3:\n    duration: 9m", 3, "cases.b3: the stages last 600 s together, duration is 540 s; make them equal"),
    ("cases:\n  a2:\n    book: {orders: 5, levels: 10}", 3, "cases.a2.book: 10 levels can't be filled with 5 orders; raise orders"),
    ("cases:\n  b2:\n    duration: 3m", 3, "cases.b2: slo.matches.minutes is 4, the load has 3 (a load under 3 min: thirds); lower it, or raise duration"),
    ("loadtests:\n  scripts:\n    a2: null", 3, "loadtests.scripts.a2: must be text, in quotes where YAML would read something else; got null"),
    ("suites:\n  asr1:\n    cases: [n]\ncases:\n  n: {title: t, rate: 1, duration: 1s}", 5, "case 'n' has no script; add it to loadtests.scripts"),
    ("cases:\n  a2:\n    warmup: 1m\n    duration: 1m", 3, "cases.a2: warmup (60 s) must be shorter than duration (60 s)"),
    ("cases:\n  a2:\n    title: x\n    duration: 5s", 4, "cases.a2: warmup (30 s) must be shorter than duration (5 s)"),
    ("cases:\n  a3-100:\n    title: x\n    fault: {after: 90s, for: 10s}\n    duration: 95s", 4, "cases.a3-100: the fault ends at 100 s, the load at 95 s: the load must go on past the recovery"),
    ("cases:\n  b3:\n    title: x\n    fault: {after: 90s, for: 10s}", 4, "cases.b3: a fault in a ramp can't be told apart from the ramp; give the case one of them"),
    ("cases:\n  a4:\n    smoke:\n      rate: 60\n      warmup: 10s", 5, "cases.a4.smoke: the fault begins at 10 s, before the warm-up ends at 10 s"),
    ("capacity:\n  arrivals: even\n  duration: 8s", 3, "capacity: warmup (8 s) must be shorter than duration (8 s)"),
    ("tools:\n  k6:\n    mirror: https://mirror.example\n    supported: '>=3'", 4, "tools.k6: pinned (2.2.0) is not within supported (>=3); correct one of them"),
    ("suites:\n  asr1:\n    title: x\n    cases: [nope]", 4, "case must be one of a1, a2, a3-100, a3-1000, a3-10000, a4, b1, b1-peak, b2, b3, b4; got 'nope'"),
    ("suites:\n  asr1:\n    title: x\n    cases: [a1, a2, a4]", 4, "suites.asr1.conditional must be of its cases: a1, a2, a4; got a3-100, a3-1000, a3-10000"),
    ("suites:\n  asr2:\n    title: x\n    cases: [b2, b3, b4]", 4, "cases.b3.slo.keeps_up.baseline must be a case that runs before b3: b2; got 'b1-peak'"),
    ("suites:\n  asr2:\n    title: x\n    topology: single", 4, "suites.asr2.scaling.against must be a topology of fewer shards than single; got 'single'"),
    ("topologies:\n  other:\n    shards: {q: [X], r: [Y]}\nsuites:\n  asr2:\n    topology: other", 6, "cases.b1.shards must be of topology other: q, r; got 'a'"),
    ("capacity: {least: 5, most: 5}", 1, "capacity: least (5) must be below most (5)"),
    ("validity:\n  smoke:\n    control: -1", 3, "validity.smoke.control: must be greater than or equal to 0; got -1"),
    *((f"tools:\n  {tool}: {{ mirror: '{mirror}' }}", 2, f"tools.{tool}.mirror: must be an address that begins with https:// or http://, such as https://mirror.example/k3d; got {mirror!r}")
      for tool in ("k3d", "kubectl", "helm", "k6") for mirror in ("mirror.example/k3d", "https:/mirror.example", "https://", "ftp://mirror.example", "https://mirror.example/a b", "//mirror.example", "https://[::1", "https://mirror.example:99999", "")),
    ("charts: {grafana: {chart: https://grafana.github.io/helm-charts}}", 1, "charts.grafana.chart: must be a folder with a Chart.yaml, a .tgz file, or an oci:// address such as oci://ghcr.io/prometheus-community/charts/prometheus; got 'https://grafana.github.io/helm-charts'"),
    ("topics: {names: []}", 1, "topics.names: must have the topics that engines publish on: add orders and matches; got []"),
    ("topics: {names: [orders, matches, orders]}", 1, "topics.names: must have each topic once; got ['orders', 'matches', 'orders']"),
    *((f"topics:\n  names: [orders, matches,\n    {name!r}]", 3, f"topics.names.2: must be a topic's name: at most 249 of a-z, A-Z, 0-9, '.', '_' and '-', and not . or ..; got {name!r}") for name in ("", ".", "..", "a b", "ä")),
    ("topics: {partitions: 1001}", 1, "topics.partitions: must be less than or equal to 1000; got 1001"),
    *((f"images:\n  engine: {{name: '{name}'}}", 2, f"images.engine.name: must be an image's name in small letters: [registry[:port]/]repository[:tag][@sha256:…]; got '{name}'") for name in ("My Engine:v1", "Engine", "a:", "a@sha256:1")),
    ("tools: {k6: {pinned: 3.0.0}}", 1, "tools.k6: pinned (3.0.0) is not within supported (>=1.5,<3); correct one of them"),
    ("tools: {k6: {pinned: latest}}", 1, "tools.k6.pinned: must be a version such as 5.9.0; got 'latest'"),
    ("tools:\n  k6:\n    supported: 1.x", 3, "tools.k6.supported: must be a range of versions such as '>=5.6,<6'; got '1.x'"),
    ("charts: {grafana: {chart: 'oci://ghcr.io'}}", 1, "charts.grafana.chart: must be a folder with a Chart.yaml, a .tgz file, or an oci:// address such as oci://ghcr.io/prometheus-community/charts/prometheus; got 'oci://ghcr.io'"),
    ("cluster: {timeout: 0}", 1, "cluster.timeout: must be greater than 0; got 0"),
    ("cases: {a2: {rate: 10000001}}", 1, "cases.a2.rate: must be less than or equal to 10000000; got 10000001"),
    ("capacity: {tries: 1001}", 1, "capacity.tries: must be less than or equal to 1000; got 1001"),
    ("cases: {a2: {book: {orders: 1000001, levels: 1}}}", 1, "cases.a2.book.orders: must be less than or equal to 1000000; got 1000001"),
    ("cases: {a2: {duration: ٣s}}", 1, "cases.a2.duration: must be a duration such as 90s, 5m or 1m30s; got '٣s'"),
    (f"cases: {{a2: {{duration: {'9' * 5000}s}}}}", 1, f"cases.a2.duration: must be a duration such as 90s, 5m or 1m30s; got '{'9' * 78}…"),
    *((f"cases:\n  {name!r}: {{title: t, rate: 1, duration: 1s}}", 2, f"the name of a case must be at most 60 letters, digits, '.', '_' and '-', and begin and end with a letter or digit; got {name!r}") for name in ("", "../x", "a b", "a-", "x" * 61)),
    (f"topologies:\n  {'x' * 64}: {{shards: {{a: [X]}}}}", 2, f"topology name must be a DNS label of at most 63 characters (a-z, 0-9, -); got '{'x' * 64}'"),
    ("suites:\n  asr1:\n    cases: [a1,\n      a1]", 4, "case 'a1' is listed twice; list it once (--repeat repeats all)"),
    ("topologies:\n  single:\n    shards:\n      a: [NO]", 4, "topologies.single.shards.a.0: must be text, in quotes where YAML would read something else; got NO"),
    ("cases:\n  a2:\n    rate: 010", 3, "010 reads as 8 in YAML; write that, or put it in quotes if it is text"),
    ("ports:\n  entry: 1\n  entry: 2", 3, "key 'entry' is given twice; keep one"),
    ("ports:\n  entry: [", 2, "not valid YAML: expected the node content, but found '<stream end>'; correct the line"),
]  # fmt: skip


@pytest.fixture
def local(tmp_path: Path) -> Path:
    return tmp_path / "local.yaml"


def refused(*paths: Path) -> UsageError:
    with pytest.raises(UsageError) as caught:
        read(list(paths))
    return caught.value


@pytest.mark.parametrize(("text", "line", "message"), WRONG, ids=[message[:60] for _, _, message in WRONG])
def test_a_mistake_is_named_by_file_and_line(text: str, line: int, message: str, local: Path) -> None:
    local.write_text(text)

    error = refused(EXPERIMENT, local)

    assert error.summary == f"{local}:{line}: {message}"
    assert error.code == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_a_file_of_another_encoding_is_told_so_whether_it_has_a_mark_or_not(encoding: str, local: Path) -> None:
    """Some editors and `>` of PowerShell write it; its zeros are no characters that somebody could leave out."""
    local.write_bytes("name: mine\n".encode(encoding))

    summary = refused(EXPERIMENT, local).summary

    assert summary.startswith(f"{local}:1: not UTF-8")
    assert summary.endswith("save the file as UTF-8")


def test_a_mistake_below_is_blamed_on_the_file_that_has_it(local: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    base.write_text(EXPERIMENT.read_text().replace("partitions: 12", "partitions: 0"))
    local.write_text("topics:\n  names: [orders, matches]\n")
    line = base.read_text().splitlines().index("  partitions: 0") + 1

    assert refused(base, local).summary == f"{base}:{line}: topics.partitions: must be greater than 0; got 0"


def test_what_the_lowest_file_lacks_is_to_be_added_there(local: Path, tmp_path: Path) -> None:
    base = tmp_path / "base.yaml"
    base.write_text(yaml.safe_dump({k: v for k, v in yaml.safe_load(EXPERIMENT.read_text()).items() if k != "topics"}))
    local.write_text("name: mine")

    assert refused(base, local).summary == f"{base}:1: key 'topics' is missing; add it"


def test_of_several_mistakes_each_is_said(local: Path) -> None:
    local.write_text("ports:\n  entry: x\nname: X\n")

    error = refused(EXPERIMENT, local)

    assert [line.partition(": ")[0] for line in (error.summary, *error.details)] == [f"{local}:3", f"{local}:2"]


def test_the_committed_file_is_shown_by_its_path_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "experiment.yaml").write_text("nome: x")
    monkeypatch.setattr(loading, "ROOT", tmp_path)

    assert refused(tmp_path / "experiment.yaml").summary.startswith("experiment.yaml:1: ")


def test_the_files_in_force_are_laid_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "LOCAL", tmp_path / "experiment.local.yaml")
    assert files({}) == [EXPERIMENT]

    loading.LOCAL.write_text("ports: {entry: 1111, grafana: 2222}")
    further = tmp_path / "further.yaml"
    further.write_text("ports: {entry: 3333}")
    environment = {"LAB_SETTINGS": str(further)}

    assert files(environment) == [EXPERIMENT, loading.LOCAL, further]
    ports = load(environment).ports
    assert (ports.entry, ports.grafana, ports.prometheus) == (3333, 2222, 9090)


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"

    with pytest.raises(UsageError, match=f"settings file {missing} can't be read: .*; check the path"):
        load({"LAB_SETTINGS": str(missing)})


def test_a_path_of_a_user_that_there_is_not_is_a_file_that_is_missing(tmp_path: Path) -> None:
    """Python's own `expanduser` has another error for it."""
    local = tmp_path / "local.yaml"
    local.write_text("loadtests: {folder: ~nosuch/scripts}")

    with pytest.raises(UsageError, match=r"settings file ~nosuch/x.yaml can't be read"):
        load({"LAB_SETTINGS": "~nosuch/x.yaml"})
    with pytest.raises(UsageError, match=r"case 'a2' has no script .*/~nosuch/scripts/.*\.js"):
        loading.require_scripts(load({"LAB_SETTINGS": str(local)}), ["a2"])


def test_what_is_committed_is_not_what_is_laid_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "l.yaml").write_text("name: mine")
    monkeypatch.setattr(loading, "LOCAL", tmp_path / "l.yaml")

    assert (loading.committed().name, load({}).name) == ("matching-engine-exp", "mine")


@pytest.mark.parametrize("shards", [1, 2, 3])
def test_a_topology_in_a_local_file_is_added_to_the_others(shards: int, local: Path) -> None:
    split = {f"s{n}": ["x", "y", "z"][n::shards] for n in range(shards)}
    local.write_text(yaml.safe_dump({"topologies": {"mine": {"shards": split}}}))

    settings = read([EXPERIMENT, local])

    assert {shard.id: list(shard.symbols) for shard in settings.topology("mine").shards} == split
    assert settings.topology("single").symbols[0] == "TEST-ASSET-A"


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A local file that names a folder of k6 scripts of one's own, and one of them."""
    local = tmp_path / "local.yaml"
    local.write_text(f"loadtests:\n  folder: {tmp_path}\n  scripts:\n    a2: two.js\n")
    monkeypatch.setenv("LAB_SETTINGS", str(local))
    return local


def test_of_scripts_only_those_of_the_chosen_cases_must_be_there(mine: Path) -> None:
    (mine.parent / "two.js").touch()

    loading.require_scripts(load(), ["a2"])

    with pytest.raises(UsageError, match="case 'a1' has no script"):
        loading.require_scripts(load(), ["a1", "a2"])


def test_a_missing_script_is_blamed_on_its_name_or_on_the_folder_whichever_was_laid_last(mine: Path) -> None:
    with pytest.raises(UsageError) as caught:
        loading.require_scripts(load(), ["a2", "a1"])

    folder = mine.parent
    assert (caught.value.summary, *caught.value.details) == (
        f"{mine}:4: case 'a2' has no script {folder}/two.js; correct loadtests.scripts.a2",
        f"{mine}:2: case 'a1' has no script {folder}/test-asr1-a1-warmup.js; correct loadtests.folder",
    )


def test_a_script_may_lie_outside_the_folder(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(mine.parent))
    (mine.parent / "elsewhere.js").touch()
    mine.write_text("loadtests: {scripts: {a1: ~/elsewhere.js}}")

    loading.require_scripts(load(), ["a1"])


@pytest.mark.parametrize("target", ["nowhere", "experiment.local.yaml"])
def test_a_local_file_that_is_a_link_to_nothing_is_not_passed_over(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = tmp_path / "experiment.local.yaml"
    local.symlink_to(target)
    monkeypatch.setattr(loading, "LOCAL", local)

    with pytest.raises(UsageError, match=r"can't be read: .*; check the path"):
        load({})
