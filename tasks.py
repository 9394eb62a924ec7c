"""The lab's tasks: a table of contents. What they do is in lab/, imported only when a task runs."""

from invoke.context import Context

from lab.commands.flags import task
from lab.commands.optional_words import task_with_words

TOPOLOGY = "a topology of experiment.yaml"
OR_CURRENT = f"{TOPOLOGY} (default: the one that runs, else single)"
REPEAT = "rounds of all cases, 1 to 99: each bound is judged on its median over them (default: 1)"
RUNTIME = (
    "auto: k3d where a Docker engine answers, else process | k3d: a cluster | process: programs of this machine, "
    "without Docker, for a verdict that rests on less (default: the settings' runtime, which is auto)"
)
PROFILE = "full: the contract's durations (default) | smoke: every case under 40 s, the verdict marked SMOKE"


@task(help={"topology": OR_CURRENT, "runtime": RUNTIME})
def up(c: Context, topology: str = "", runtime: str = "") -> None:
    """Bring the lab up, or on from where it stands; `invoke --dry up` prints the plan."""
    from lab.commands import lab_commands

    lab_commands.up(topology, dry=c.config.run.dry, runtime=runtime)


@task(
    help={
        "topology": OR_CURRENT,
        "full": "show the differences themselves, not only the fields that differ",
    }
)
def plan(_c: Context, topology: str = "", full: bool = False) -> None:
    """Show what `up` would change: objects, releases, images; changes nothing."""
    from lab.commands import lab_commands

    lab_commands.plan(topology, full=full)


@task(
    help={
        "keep_registry": "keep the registry with its images for the next `up` (default), or remove it too",
        "runtime": f"{RUNTIME}; auto takes down whatever stands",
    }
)
def down(c: Context, keep_registry: bool = True, runtime: str = "") -> None:
    """Take the lab down: cluster, processes and files; the registry stays unless --no-keep-registry."""
    from lab.commands import lab_commands

    lab_commands.down(keep_registry=keep_registry, dry=c.config.run.dry, runtime=runtime)


@task(help={"profile": PROFILE, "repeat": REPEAT, "runtime": RUNTIME})
def asr1(c: Context, profile: str = "full", repeat: int = 1, runtime: str = "") -> None:
    """Run ASR 1 (p99 latency on one shard) and say PASS, CONDITIONAL, FAIL or INVALID."""
    from lab.commands import suite_commands

    suite_commands.suite("asr1", profile=profile, repeat=repeat, dry=c.config.run.dry, runtime=runtime)


@task(help={"profile": PROFILE, "repeat": REPEAT, "runtime": RUNTIME})
def asr2(c: Context, profile: str = "full", repeat: int = 1, runtime: str = "") -> None:
    """Run ASR 2 (throughput, scaling and isolation of three shards) and say PASS, CONDITIONAL, FAIL or INVALID."""
    from lab.commands import suite_commands

    suite_commands.suite("asr2", profile=profile, repeat=repeat, dry=c.config.run.dry, runtime=runtime)


@task(
    positional=["name"],
    help={
        "name": "a case of experiment.yaml; `suites` lists them",
        "profile": PROFILE,
        "repeat": REPEAT,
        "runtime": RUNTIME,
    },
)
def case(c: Context, name: str, profile: str = "full", repeat: int = 1, runtime: str = "") -> None:
    """Run one case of a suite by itself, or after the cases that it is compared with."""
    from lab.commands import suite_commands

    suite_commands.case(name, profile=profile, repeat=repeat, dry=c.config.run.dry, runtime=runtime)


@task(help={"profile": PROFILE})
def suites(_c: Context, profile: str = "full") -> None:
    """Show the suites: each case's load, what it is judged on, its script, and how long they take."""
    from lab.commands import suite_commands

    suite_commands.suite_table(profile)


@task(
    help={
        "topology": f"{TOPOLOGY} (default: single)",
        "against": "another topology of fewer shards, sought first: the speed-up is told (default: an earlier run's)",
        "profile": "full (default) | smoke: short tries, one a rate, coarse",
        "runtime": RUNTIME,
    }
)
def capacity(c: Context, topology: str = "single", against: str = "", profile: str = "full", runtime: str = "") -> None:
    """Find the highest rate of orders at which a topology still meets its SLO, and what limits it."""
    from lab.commands import suite_commands

    suite_commands.capacity(topology, against=against, profile=profile, dry=c.config.run.dry, runtime=runtime)


@task(help={"run": "its id, or its folder's path (default: the latest)"})
def report(c: Context, run: str = "") -> None:
    """Make the report of a run again from its folder alone: report.html, report.json, report.md, junit.xml."""
    from lab.commands import run_commands

    run_commands.report(run, dry=c.config.run.dry)


@task(help={"limit": "how many, the newest first (default: 20; 0: all)"})
def runs(_c: Context, limit: int = 20) -> None:
    """List the runs: when, verdict, p99, matches a minute, which is the baseline."""
    from lab.commands import run_commands

    run_commands.runs(limit)


@task_with_words(
    "before",
    "after",
    help={
        "before": "a run: its id or the beginning of it, a path, latest, previous or baseline (default: the baseline, "
        "else the run of the same suite before the other one)",
        "after": "the run that is held against it (default: latest)",
        "fail_on_regression": "exit code 6 when a figure is worse, 5 when none could be judged",
    },
)
def compare(c: Context, before: str = "", after: str = "", fail_on_regression: bool = False) -> None:
    """Hold a run against another, `compare [BEFORE [AFTER]]`: each figure with its noise, and what is worse."""
    from lab.commands import run_commands

    run_commands.compare(before, after, fail_on_regression=fail_on_regression, dry=c.config.run.dry)


@task_with_words(
    "action",
    "run",
    help={
        "action": "show (default) | set: the baseline of a suite, topology and profile | clear: forget all of them",
        "run": "of set: its id or the beginning of it, a path, latest (default) or previous",
        "force": "set it even if it is INVALID",
    },
)
def baseline(c: Context, action: str = "show", run: str = "", force: bool = False) -> None:
    """Show, set or clear the runs that others are held against, `baseline [show | set [RUN] | clear]`."""
    from lab.commands import run_commands

    run_commands.baseline(action, run, force=force, dry=c.config.run.dry)


@task(help={"runtime": f"{RUNTIME}; auto shows what stands"})
def status(_c: Context, runtime: str = "") -> None:
    """Show what stands: cluster, topology, pods, releases, addresses, Grafana's password."""
    from lab.commands import lab_commands

    lab_commands.status(runtime)


@task(
    help={
        "only": "some of the checks, such as ac5,ac9,drift (default: all; `invoke --dry verify` names them)",
        "runtime": f"{RUNTIME}; auto checks what stands",
    }
)
def verify(c: Context, only: str = "", runtime: str = "") -> None:
    """Check the lab that is up: the spec's acceptance criteria one by one, and that its layers agree."""
    from lab.commands import lab_commands

    lab_commands.verify(only, dry=c.config.run.dry, runtime=runtime)


@task(help={"topology": f"{TOPOLOGY}; its needs are compared with this machine (default: single)"})
def doctor(_c: Context, topology: str = "single") -> None:
    """Show what this machine has of what the lab needs, and which tools are used and why."""
    from lab.commands import project_commands

    project_commands.doctor(topology)


@task
def synth(c: Context) -> None:
    """Synthesize dist/ from experiment.yaml."""
    from lab.commands import project_commands

    project_commands.synth(dry=c.config.run.dry)


@task(
    help={
        "shards": "how many shards: 1 to 9999 (required)",
        "name": "the topology's name (default: shards-N)",
        "symbols": "symbols of each shard (default: 4)",
        "stdout": "print the topology instead of writing it into experiment.local.yaml, as --dry does",
    }
)
def scaffold(c: Context, shards: int = 0, name: str = "", symbols: int = 4, stdout: bool = False) -> None:
    """Write a topology of N shards into experiment.local.yaml."""
    from lab.commands import project_commands

    project_commands.scaffold(
        name or f"shards-{shards}", shards=shards, symbols=symbols, stdout=stdout or c.config.run.dry
    )


@task(help={"topology": OR_CURRENT})
def images(c: Context, topology: str = "") -> None:
    """Build or pull the images and deliver them to where the pods run."""
    from lab.commands import lab_commands

    lab_commands.images(topology, dry=c.config.run.dry)


@task(
    help={
        "name": "a shard's id, gateway, redpanda, prometheus or grafana; without Docker broker (default: all shards)",
        "follow": "go on as lines are written",
        "previous": "of the container or program before the present one: why it crashed",
        "runtime": f"{RUNTIME}; auto shows what stands",
    },
)
def logs(_c: Context, name: str = "", follow: bool = False, previous: bool = False, runtime: str = "") -> None:
    """Show the logs of a part of the lab."""
    from lab.commands import lab_commands

    lab_commands.logs(name, follow=follow, previous=previous, runtime=runtime)


@task
def env(_c: Context) -> None:
    """Print what a shell needs to use kubectl, helm and k6 on the lab: eval "$(./invokew env)"."""
    from lab.commands import lab_commands

    lab_commands.env()


@task(
    positional=["target"],
    help={"target": "SERVICE:PORT, such as redpanda:9644 or me-shard-a:9091", "local": "local port, or auto (default)"},
)
def port_forward(_c: Context, target: str, local: str = "auto") -> None:
    """Forward a local port to a Service, supervised, until Ctrl-C; for people, never for measurements."""
    from lab.commands import lab_commands

    lab_commands.port_forward(target, local)


@task(help={"cluster": "the tests that need Docker instead: they bring a lab up for real and take it down"})
def test(c: Context, cluster: bool = False) -> None:
    """Run the checks: format, lint, types, unit, property and snapshot tests; no Docker needed."""
    from lab.commands import project_commands

    project_commands.test(cluster=cluster, dry=c.config.run.dry)


@task
def schema(c: Context) -> None:
    """Write the JSON Schemas: of experiment.yaml, by which editors check it, and of report.json."""
    from lab.commands import project_commands

    project_commands.schema(dry=c.config.run.dry)
