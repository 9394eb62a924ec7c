"""What Pod Security's level `restricted` asks of pods and containers, and a read-only root beyond it."""

from functools import cache

from cdk8s_plus_28 import k8s


@cache
def pod_security(uid: int) -> k8s.PodSecurityContext:
    """A pod that runs as this user and group, so that an image without a USER runs too, and owns its volumes."""
    return k8s.PodSecurityContext(
        run_as_non_root=True,
        run_as_user=uid,
        run_as_group=uid,
        fs_group=uid,
        fs_group_change_policy="OnRootMismatch",
        seccomp_profile=k8s.SeccompProfile(type="RuntimeDefault"),
    )


def pull_secrets(name: str | None) -> list[k8s.LocalObjectReference] | None:
    """What a pod's images are pulled with."""
    return [k8s.LocalObjectReference(name=name)] if name else None


@cache
def container_security() -> k8s.SecurityContext:
    """A container without capabilities, on a root file system that it can't write."""
    return k8s.SecurityContext(
        allow_privilege_escalation=False,
        capabilities=k8s.Capabilities(drop=["ALL"]),
        read_only_root_filesystem=True,
    )
