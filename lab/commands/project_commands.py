"""The commands on the checkout and the machine: `doctor`, what is generated, the checks."""

from lab.commands import command, project_checks
from lab.commands import doctor as doctor_
from lab.commands import scaffold as scaffold_
from lab.commands.command import say
from lab.core.errors import PreflightError, UsageError
from lab.core.paths import DIST, REVIEW, ROOT
from lab.manifests import synthesis
from lab.present import report_schema
from lab.present.table import show
from lab.process import shell
from lab.settings import settings_schema
from lab.settings.layout import of_namespace
from lab.settings.loading import load, require_kubernetes


def doctor(topology: str) -> None:
    """Show what this machine has of what the lab needs; exit code 3 when something is missing."""
    lab = command.current_lab()
    rows = doctor_.rows(lab, lab.settings.topology(topology))
    show(rows)
    missing = [row for row in rows if row.ok is False]
    if missing:
        raise PreflightError(f"{missing[0].thing}: {missing[0].note or missing[0].state}")


def synth(runtime: str, *, dry: bool) -> None:
    """Write the manifests for people to read, or say how: dist/, or those for one namespace of a cluster."""
    if runtime not in SYNTHESIZED:
        raise UsageError(f"runtime must be one of {', '.join(SYNTHESIZED)}; got {runtime!r}")
    folder, of_runtime = SYNTHESIZED[runtime]
    told = of_runtime()
    if dry:
        say(str(told))
        return
    shell.run(told)
    say(*(f"{path.relative_to(ROOT)}" for path in sorted(folder.glob("*.k8s.yaml"))))


def _for_a_namespace() -> shell.Command:
    """What writes the manifests for the cluster that the settings name, with the images' committed names."""
    settings = load()
    return synthesis.render_command(
        settings, of_namespace(require_kubernetes(settings)), (*settings.topologies,), REVIEW
    )


SYNTHESIZED = {"k3d": (DIST, synthesis.main_command), "kubernetes": (REVIEW, _for_a_namespace)}
"""The runtimes that need manifests: where they are for review, and what writes them."""


def schema(*, dry: bool) -> None:
    """Write the JSON Schemas, or say where."""
    for one in (settings_schema, report_schema):
        if dry:
            say(f"write {one.FILE}")
        else:
            one.write()


def test(*, cluster: bool, dry: bool) -> None:
    """Run the checks, or those that need a cluster; or say what they are."""
    if dry:
        commands = [project_checks.cluster_command()] if cluster else [one for _, one in project_checks.commands()]
        say(*map(str, commands))
    elif cluster:
        project_checks.run_cluster()
    else:
        project_checks.run_all()


def scaffold(name: str, *, shards: int, symbols: int, stdout: bool) -> None:
    """Write a topology into the local settings, or print it."""
    made = scaffold_.topology(name, shards=shards, symbols=symbols)
    if stdout:
        say("topologies:", *scaffold_.lines(made, indent="  "))
        return
    objects = scaffold_.write(made)
    say(
        f"topology {name} is in experiment.local.yaml: {shards} shards, {len(made.symbols)} symbols, {objects} objects",
        f"next: './invokew plan --topology={name}' shows what it changes, './invokew up --topology={name}' does it",
    )
