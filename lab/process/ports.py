"""Ports on 127.0.0.1: a free one, whether one is free, and who holds it."""

import socket


def free() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether nothing listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def holder(port: int) -> str:
    """Who listens on a port, as far as this user may see."""
    import psutil  # noqa: PLC0415 - only the failing path pays for it

    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr[1] == port:
                name = psutil.Process(connection.pid).name() if connection.pid else "a process of another user"
                return f"{name} (pid {connection.pid})" if connection.pid else name
    except psutil.Error:
        pass
    return "another program"
