"""librdkafka's mock cluster out of confluent-kafka's wheel, by its C API: a broker that keeps what fits into memory.

Each partition keeps its last 5 MiB, at most 100,000 events; offsets go on beyond. Nothing of the lab is imported here,
nor is confluent-kafka: the program that serves it starts in a tenth of a second.
"""

import ctypes
import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

BROKER = 1
"""The mock cluster's number for its only broker."""
PRODUCER = 0
ERRORS = b"3"
"""What the library says on stderr: errors and worse."""
REASON = 512
"""Bytes for the library's reason of a failure."""
SETTLES = 0.01
"""Seconds after a command: the library, which drains its wake-ups after its commands, may miss one that follows at
once, and then sees it at its next look, up to 1 s later."""

_POINTER, _TEXT, _INT, _SIZE = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_size_t
FUNCTIONS: Mapping[str, tuple[type, tuple[type, ...]]] = {
    "rd_kafka_conf_new": (_POINTER, ()),
    "rd_kafka_conf_set": (_INT, (_POINTER, _TEXT, _TEXT, _TEXT, _SIZE)),
    "rd_kafka_new": (_POINTER, (_INT, _POINTER, _TEXT, _SIZE)),
    "rd_kafka_mock_cluster_new": (_POINTER, (_POINTER, _INT)),
    "rd_kafka_mock_cluster_bootstraps": (_TEXT, (_POINTER,)),
    "rd_kafka_mock_topic_create": (_INT, (_POINTER, _TEXT, _INT, _INT)),
    "rd_kafka_mock_broker_set_down": (_INT, (_POINTER, ctypes.c_int32)),
    "rd_kafka_mock_broker_set_up": (_INT, (_POINTER, ctypes.c_int32)),
}
"""What is used of the library: name to result and arguments."""


def library() -> Path:
    """The file of librdkafka in confluent-kafka's wheel.

    Raises:
        SystemExit: There is none.
    """
    spec = find_spec("confluent_kafka")
    if spec is None or spec.origin is None:
        sys.exit("error: confluent-kafka is not installed; run './invokew up', which installs what Pipfile.lock names")
    package = Path(spec.origin).parent
    linux = package.parent.glob("confluent_kafka.libs/librdkafka-*.so*")
    macos = package.glob(".dylibs/librdkafka*.dylib")
    found = next(iter((*linux, *macos)), None)
    if found is None:
        sys.exit(f"error: no librdkafka is beside {package}; install confluent-kafka from its wheel on PyPI")
    return found


def load(path: Path) -> ctypes.CDLL:
    """The library, with the types of what is used of it.

    Raises:
        SystemExit: It can't be loaded, or lacks a function.
    """
    try:
        loaded = ctypes.CDLL(str(path))
        for name, (result, arguments) in FUNCTIONS.items():
            function = getattr(loaded, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        sys.exit(f"error: librdkafka can't be used: {error}; install the confluent-kafka that Pipfile.lock names")
    return loaded


class MockCluster:
    """A cluster of one broker on 127.0.0.1 with these topics, for as long as this process runs.

    Args:
        library: What `load` gives.
        topics: Name to number of partitions.

    Raises:
        SystemExit: The library makes no cluster.
        RuntimeError: It refuses; so does each method.
    """

    def __init__(self, library: ctypes.CDLL, topics: Mapping[str, int]) -> None:
        self._library = library
        reason = ctypes.create_string_buffer(REASON)
        settings = library.rd_kafka_conf_new()
        library.rd_kafka_conf_set(settings, b"log_level", ERRORS, reason, REASON)
        client = library.rd_kafka_new(PRODUCER, settings, reason, REASON)
        self._cluster = client and library.rd_kafka_mock_cluster_new(client, 1)
        if not self._cluster:
            sys.exit(f"error: librdkafka makes no mock cluster: {reason.value.decode(errors='replace') or 'no reason'}")
        for name, partitions in topics.items():
            self._require(library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1), name)
        self.bootstrap: str = library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def take_away(self) -> None:
        """Close the broker's connections and its port, which stays bound: nobody else gets it meanwhile."""
        self._require(self._library.rd_kafka_mock_broker_set_down(self._cluster, BROKER), "down")

    def bring_back(self) -> None:
        """Listen at the same port again, if it doesn't."""
        self._require(self._library.rd_kafka_mock_broker_set_up(self._cluster, BROKER), "up")

    def _require(self, code: int, what: str) -> None:
        if code:
            raise RuntimeError(f"librdkafka's mock cluster refuses {what!r}: its error {code}")
        time.sleep(SETTLES)
