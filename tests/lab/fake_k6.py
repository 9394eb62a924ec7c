"""Stands in for k6: serves its REST API, sends no order but writes the points of a few hundred, and ends as it is told.

FAKE_K6 in its environment is a JSON object: `code` it ends with, `points` it writes, `endless` until SIGINT.
"""

import gzip
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

METRICS = {
    "data": [
        {"id": "http_reqs", "attributes": {"sample": {"count": 7, "rate": 17.0}}},
        {"id": "iterations", "attributes": {"sample": {"count": 5, "rate": 17.0}}},
        {"id": "http_req_duration", "attributes": {"sample": {"avg": 1.0}}},
    ]
}


WAITS = {"data": {"attributes": {"paused": True, "status": 4}}}
TAKEN: dict[str, object] = {"data": {"attributes": {}}}


class Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(WAITS if self.path == "/v1/status" else METRICS)
        asked.set()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(TAKEN)

    def do_PUT(self) -> None:
        self.do_POST()

    def do_PATCH(self) -> None:
        self.do_POST()
        released.set()

    def _answer(self, content: object) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def after(word: str) -> str:
    return sys.argv[sys.argv.index(word) + 1]


def write_points(count: int) -> None:
    csv = next(word for word in sys.argv if word.startswith("csv="))
    now = round(time.time() * 1000)
    rows = (f"http_req_duration,{now + 60 * n},1.5,,POST,http://x/orders,200" for n in range(count))
    head = "metric_name,timestamp,metric_value,group,method,url,status"
    Path(csv.removeprefix("csv=")).write_bytes(gzip.compress("\n".join((head, *rows, "")).encode()))


told = json.loads(os.environ["FAKE_K6"])
asked, stopped, released = threading.Event(), threading.Event(), threading.Event()
signal.signal(signal.SIGINT, lambda *_: stopped.set())
host, _, port = after("--address").partition(":")
threading.Thread(target=HTTPServer((host, int(port)), Api).serve_forever, daemon=True).start()
sys.stdout.write("fake k6 runs\n")
if told.get("api", True):
    asked.wait(20)
if "--paused" in sys.argv:
    released.wait(20)
if told.get("endless"):
    stopped.wait(30)
write_points(told.get("points", 0))
sys.stderr.write(told.get("says", ""))
sys.exit(105 if stopped.is_set() else told.get("code", 0))
