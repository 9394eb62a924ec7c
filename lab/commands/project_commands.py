"""The commands on the checkout and the machine: `doctor`, what is generated, the checks."""

from lab.commands import command, project_checks
from lab.commands import doctor as doctor_
from lab.commands import scaffold as scaffold_
from lab.commands.command import say
from lab.core.errors import PreflightError
from lab.core.paths import DIST, ROOT
from lab.manifests import synthesis
from lab.present import report_schema
from lab.present.table import show
from lab.process import shell
from lab.settings import settings_schema


def doctor(topology: str) -> None:
    """Show what this machine has of what the lab needs; exit code 3 when something is missing."""
    lab = command.current_lab()
    rows = doctor_.rows(lab, lab.settings.topology(topology))
    show(rows)
    missing = [row for row in rows if row.ok is False]
    if missing:
        raise PreflightError(f"{missing[0].thing}: {missing[0].note or missing[0].state}")


def synth(*, dry: bool) -> None:
    """Write dist/, or say how."""
    if dry:
        say(str(synthesis.main_command()))
        return
    shell.run(synthesis.main_command())
    say(*(f"{path.relative_to(ROOT)}" for path in sorted(DIST.glob("*.k8s.yaml"))))


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
