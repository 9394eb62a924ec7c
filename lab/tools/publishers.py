"""How the tools' publishers lay out their downloads, and how each tool says its version."""

import platform
from dataclasses import dataclass

SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """A published file and its checksum file, by their paths below the base address, and the program in the archive."""

    path: str
    sums: str
    member: str | None

    @property
    def file(self) -> str:
        """The file's name, as the checksum file has it."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """A tool's publisher; {version}, {system} and the like are filled into its templates.

    Args:
        ask: Arguments that make the tool print its version.
        answer: Regular expression of what it prints, with the version as its group.
        base: URL that a mirror replaces.
        path: Template of the file's path below `base`.
        sums: Template of the checksum file's path below `base`.
        member: Template of the tool's path in an archive; None where the file is the tool itself.
    """

    ask: tuple[str, ...]
    answer: str
    base: str
    path: str
    sums: str
    member: str | None = None

    def artifact(self, version: str, on: str) -> Artifact:
        """The file for a version and a platform such as `linux-amd64`."""
        system, _, machine = on.partition("-")
        k6 = ("macos", "zip") if system == "darwin" else (system, "tar.gz")
        words = {"version": version, "system": system, "machine": machine, "k6_system": k6[0], "k6_archive": k6[1]}
        member = self.member.format(**words) if self.member else None
        return Artifact(path=self.path.format(**words), sums=self.sums.format(**words), member=member)


PUBLISHERS = {
    "k3d": Publisher(
        ask=("version",),
        answer=r"k3d version v?(\d+(?:\.\d+)+)",
        base="https://github.com/k3d-io/k3d/releases/download",
        path="v{version}/k3d-{system}-{machine}",
        sums="v{version}/checksums.txt",
    ),
    "kubectl": Publisher(
        ask=("version", "--client", "-o", "json"),
        answer=r'"gitVersion":\s*"v?(\d+(?:\.\d+)+)',
        base="https://dl.k8s.io/release",
        path="v{version}/bin/{system}/{machine}/kubectl",
        sums="v{version}/bin/{system}/{machine}/kubectl.sha256",
    ),
    "helm": Publisher(
        ask=("version", "--template", "{{.Version}}"),
        answer=r"^v?(\d+(?:\.\d+)+)",
        base="https://get.helm.sh",
        path="helm-v{version}-{system}-{machine}.tar.gz",
        sums="helm-v{version}-{system}-{machine}.tar.gz.sha256sum",
        member="{system}-{machine}/helm",
    ),
    "k6": Publisher(
        ask=("version",),
        answer=r"^k6 v?(\d+(?:\.\d+)+)",
        base="https://github.com/grafana/k6/releases/download",
        path="v{version}/k6-v{version}-{k6_system}-{machine}.{k6_archive}",
        sums="v{version}/k6-v{version}-checksums.txt",
        member="k6-v{version}-{k6_system}-{machine}/k6",
    ),
}


def this_platform() -> str | None:
    """This machine, as the publishers name it (`linux-amd64`); None when none of them builds for it."""
    system, machine = SYSTEMS.get(platform.system()), MACHINES.get(platform.machine().lower())
    return f"{system}-{machine}" if system and machine else None
