"""The lab's tasks: a table of contents. What they do is in lab/, imported only when a task runs."""

from invoke.context import Context

from lab.commands.flags import task
from lab.commands.optional_words import task_with_words

TOPOLOGY = "a topology of experiment.yaml"
OR_CURRENT = f"{TOPOLOGY} (default: the one that is up, otherwise single)"
REPEAT = "rounds of all cases, 1 to 99; each bound is judged on one interval of all its rounds (default: 1)"
RUNTIME = (
    "auto: k3d where a Docker engine answers, otherwise process | k3d: a cluster | process: programs on this machine, "
    "without Docker, for a weaker verdict | kubernetes: a namespace of a cluster of others "
    "(default: the runtime in the settings, which is auto)"
)
TAKE_OVER = "make a cluster of this name that another checkout made, or nobody, this checkout's own first"
SEED = "what all random draws of the load follow from, 0 to 4294967295 (default: a new one for each run)"
RUN = "the run's id or the beginning of it, its folder's path, latest (default), previous or baseline"
PROFILE = "full: the contract's durations (default) | smoke: cases of about a minute at most, the verdict marked SMOKE"


@task(
    help={
        "topology": OR_CURRENT,
        "runtime": RUNTIME,
        "take_over": TAKE_OVER,
        "offline": "fetch nothing: whatever is not here is named, and nothing begins",
        "bundle": "a file that `bundle` wrote: take its tools, charts and images, then go on as with --offline",
    }
)
def up(  # noqa: PLR0913, PLR0917 - a flag each
    c: Context, topology: str = "", runtime: str = "", take_over: bool = False, offline: bool = False, bundle: str = ""
) -> None:
    """Bring the lab up, or continue from where it is; `invoke --dry up` prints the plan."""
    from lab.commands import lab_commands

    lab_commands.up(
        topology, dry=c.config.run.dry, runtime=runtime, take_over=take_over, offline=offline, bundle=bundle
    )


@task
def pin(c: Context) -> None:
    """Write the digests of images and charts in force into experiment.pins.json, which `up` then holds to."""
    from lab.commands import lab_commands

    lab_commands.pin(dry=c.config.run.dry)


@task(positional=["file"], help={"file": "where to write it; about 2 GB"})
def bundle(c: Context, file: str) -> None:
    """Write tools, charts and images of the lab that is up into a file, for `up --bundle` without internet."""
    from lab.commands import lab_commands

    lab_commands.bundle(file, dry=c.config.run.dry)


@task(
    help={
        "topology": OR_CURRENT,
        "full": "show the differences, not only the names of the fields that differ",
    }
)
def plan(_c: Context, topology: str = "", full: bool = False) -> None:
    """Show what `up` would change: objects, releases, images; changes nothing."""
    from lab.commands import lab_commands

    lab_commands.plan(topology, full=full)


@task(
    help={
        "keep_registry": "keep the registry with its images for the next `up` (default), or remove it too",
        "runtime": f"{RUNTIME}; auto takes down whatever is up",
        "take_over": TAKE_OVER,
    }
)
def down(c: Context, keep_registry: bool = True, runtime: str = "", take_over: bool = False) -> None:
    """Take the lab down: cluster, processes and files; the registry stays unless --no-keep-registry."""
    from lab.commands import lab_commands

    lab_commands.down(keep_registry=keep_registry, dry=c.config.run.dry, runtime=runtime, take_over=take_over)


@task
def stop(c: Context) -> None:
    """Stop cluster and registry; `up` starts them again with topics, volumes and metrics, but with empty books."""
    from lab.commands import lab_commands

    lab_commands.stop(dry=c.config.run.dry)


@task(help={"profile": PROFILE, "repeat": REPEAT, "seed": SEED, "runtime": RUNTIME})
def asr1(c: Context, profile: str = "full", repeat: int = 1, seed: str = "", runtime: str = "") -> None:
    """Run ASR 1 (p99 latency on one shard); the verdict is PASS, CONDITIONAL, FAIL or INVALID."""
    from lab.commands import suite_commands

    suite_commands.suite("asr1", profile=profile, repeat=repeat, seed=seed, dry=c.config.run.dry, runtime=runtime)


@task(help={"profile": PROFILE, "repeat": REPEAT, "seed": SEED, "runtime": RUNTIME})
def asr2(c: Context, profile: str = "full", repeat: int = 1, seed: str = "", runtime: str = "") -> None:
    """Run ASR 2 (match rate, ramp, isolation of three shards); the verdict is PASS, CONDITIONAL, FAIL or INVALID."""
    from lab.commands import suite_commands

    suite_commands.suite("asr2", profile=profile, repeat=repeat, seed=seed, dry=c.config.run.dry, runtime=runtime)


@task(
    positional=["name"],
    help={
        "name": "a case of experiment.yaml; `suites` lists them",
        "profile": PROFILE,
        "repeat": REPEAT,
        "seed": SEED,
        "runtime": RUNTIME,
    },
)
def case(  # noqa: PLR0913, PLR0917 - a flag each
    c: Context, name: str, profile: str = "full", repeat: int = 1, seed: str = "", runtime: str = ""
) -> None:
    """Run one case of a suite, after the cases that it is compared with."""
    from lab.commands import suite_commands

    suite_commands.case(name, profile=profile, repeat=repeat, seed=seed, dry=c.config.run.dry, runtime=runtime)


@task(help={"runtime": RUNTIME})
def attach(c: Context, runtime: str = "") -> None:
    """Follow the run that another checkout conducts on this lab to its verdict; go on with it where nobody does."""
    from lab.commands import kept_run_commands

    kept_run_commands.attach(runtime=runtime, dry=c.config.run.dry)


@task(help={"runtime": RUNTIME})
def abort(c: Context, runtime: str = "") -> None:
    """End the run under way on this lab's cluster, whoever conducts it: its load and its outage; keep what there is."""
    from lab.commands import kept_run_commands

    kept_run_commands.abort(runtime=runtime, dry=c.config.run.dry)


@task(help={"profile": PROFILE})
def suites(_c: Context, profile: str = "full") -> None:
    """Show the suites: each case's load, objective, script and duration."""
    from lab.commands import suite_commands

    suite_commands.suite_table(profile)


@task(
    help={
        "topology": f"{TOPOLOGY} (default: single)",
        "against": "a topology of fewer shards, searched first, for the speed-up (default: earlier runs)",
        "for": "a rate in orders a minute: name the topology of the fewest shards that carries it",
        "profile": "full (default) | smoke: short tries, few and coarse",
        "repeat": "how often the searches are made, 1 to 99: each narrows the speed-up's interval (default: 1)",
        "engine_cpu": "a CPU limit for each engine meanwhile, such as 60m, so that engines and not this machine "
        "are the limit (default: their own)",
        "seed": SEED,
        "runtime": RUNTIME,
    }
)
def capacity(  # noqa: PLR0913, PLR0917 - a flag each
    c: Context,
    topology: str = "single",
    against: str = "",
    for_: str = "",
    profile: str = "full",
    repeat: int = 1,
    engine_cpu: str = "",
    seed: str = "",
    runtime: str = "",
) -> None:
    """Find the highest rate of orders at which a topology still meets its SLO, and what limits it."""
    from lab.commands import suite_commands

    asked = {"profile": profile, "engine_cpu": engine_cpu, "seed": seed, "runtime": runtime}
    if for_:
        suite_commands.demand(for_, dry=c.config.run.dry, **asked)
    else:
        suite_commands.capacity(topology, against=against, repeat=repeat, dry=c.config.run.dry, **asked)


@task_with_words(
    "run",
    help={
        "run": RUN,
        "settings": "current: those in force now (default) | run: those that the run was made with",
    },
)
def judge(_c: Context, run: str = "", settings: str = "current") -> None:
    """Measure and judge a run again from its raw files, `judge [RUN]`: the verdict beside its own; changes nothing."""
    from lab.commands import run_commands

    run_commands.judge(run, settings)


@task_with_words("run", help={"run": RUN})
def report(c: Context, run: str = "") -> None:
    """Write a run's report again from its folder, `report [RUN]`: report.html, report.json, report.md, junit.xml."""
    from lab.commands import run_commands

    run_commands.report(run, dry=c.config.run.dry)


@task_with_words("run", help={"run": RUN})
def replay(c: Context, run: str = "") -> None:
    """Serve a run's metrics to Prometheus and Grafana again, `replay [RUN]`, its lab gone or not, until Ctrl-C."""
    from lab.commands import run_commands

    run_commands.replay(run, dry=c.config.run.dry)


@task(help={"limit": "how many runs, the newest first (default: 20; 0: all)"})
def runs(_c: Context, limit: int = 20) -> None:
    """List the runs: when, verdict, p99, matches a minute, which is the baseline."""
    from lab.commands import run_commands

    run_commands.runs(limit)


@task_with_words(
    "before",
    "after",
    help={
        "before": "a run: its id or the beginning of it, a path, latest, previous or baseline (default: the baseline, "
        "otherwise the previous run of the same suite)",
        "after": "the run that is compared with it (default: latest)",
        "fail_on_regression": "exit code 6 when a verdict or a figure is worse, 5 when nothing could be judged",
    },
)
def compare(c: Context, before: str = "", after: str = "", fail_on_regression: bool = False) -> None:
    """Compare two runs, `compare [BEFORE [AFTER]]`: each figure with its noise, and what got worse."""
    from lab.commands import run_commands

    run_commands.compare(before, after, fail_on_regression=fail_on_regression, dry=c.config.run.dry)


@task_with_words(
    "action",
    "run",
    help={
        "action": "show (default) | set: the baseline for runs of its kind | clear: remove all baselines",
        "run": "for set: its id or the beginning of it, a path, latest (default) or previous",
        "force": "set it even if it is INVALID",
    },
)
def baseline(c: Context, action: str = "show", run: str = "", force: bool = False) -> None:
    """Show, set or clear the runs that others are compared with, `baseline [show | set [RUN] | clear]`."""
    from lab.commands import run_commands

    run_commands.baseline(action, run, force=force, dry=c.config.run.dry)


@task(help={"runtime": f"{RUNTIME}; auto means the lab that is up"})
def status(_c: Context, runtime: str = "") -> None:
    """Show what is up: cluster, topology, pods, releases, addresses, Grafana's password."""
    from lab.commands import lab_commands

    lab_commands.status(runtime)


@task(
    help={
        "only": "some of the checks, such as ac5,ac9,drift (default: all; `invoke --dry verify` lists them)",
        "runtime": f"{RUNTIME}; auto means the lab that is up",
    }
)
def verify(c: Context, only: str = "", runtime: str = "") -> None:
    """Check the lab that is up: the spec's acceptance criteria, and that its layers agree."""
    from lab.commands import lab_commands

    lab_commands.verify(only, dry=c.config.run.dry, runtime=runtime)


@task(help={"topology": f"{TOPOLOGY}; its needs are compared with this machine (default: single)"})
def doctor(_c: Context, topology: str = "single") -> None:
    """Show whether this machine meets the lab's needs, and which tools are used and why."""
    from lab.commands import project_commands

    project_commands.doctor(topology)


@task
def rights(_c: Context) -> None:
    """Print the Role that the lab needs in a namespace of a cluster that is there, and check that it is granted."""
    from lab.commands import lab_commands

    lab_commands.rights()


@task(help={"runtime": "k3d (default), or kubernetes: into .lab/review/, for the cluster that the settings name"})
def synth(c: Context, runtime: str = "k3d") -> None:
    """Synthesize dist/ from experiment.yaml, or the manifests of another runtime for review."""
    from lab.commands import project_commands

    project_commands.synth(runtime, dry=c.config.run.dry)


@task(
    help={
        "shards": "how many shards: 1 to 9999 (required)",
        "name": "the topology's name (default: shards-N)",
        "symbols": "symbols of each shard (default: 4)",
        "stdout": "print the topology instead of writing it into experiment.local.yaml, like --dry",
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
    """Build or pull the images and deliver them to the nodes."""
    from lab.commands import lab_commands

    lab_commands.images(topology, dry=c.config.run.dry)


@task(
    help={
        "name": "a shard's id, gateway, control, redpanda, runner, prometheus, grafana; on processes a shard's id, "
        "gateway, control, broker (default: all shards)",
        "follow": "keep printing new lines",
        "previous": "show the previous container or program, to see why it crashed",
        "runtime": f"{RUNTIME}; auto means the lab that is up",
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


@task(help={"cluster": "run the tests that need Docker instead; they bring up a real lab and take it down"})
def test(c: Context, cluster: bool = False) -> None:
    """Run the checks: format, lint, types, unit, property and snapshot tests; no Docker needed."""
    from lab.commands import project_commands

    project_commands.test(cluster=cluster, dry=c.config.run.dry)


@task
def schema(c: Context) -> None:
    """Write the JSON Schemas of experiment.yaml (for editors) and of report.json."""
    from lab.commands import project_commands

    project_commands.schema(dry=c.config.run.dry)
