"""What the tests of the server share: starting it, requests, reports, and what the page would show."""
import contextlib
import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import time

import pytest

from programs import DEADLINE_S, binary, wait_for

BOOT_ID = "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def detail(self):
        assert self.headers.get("Content-Type") == "application/problem+json", (self.status, self.body)
        return self.json["detail"]


class WakefulServer:
    """wakeful serve on a free port. Ended with end(), or as a test likes."""

    def __init__(self, folder, data, arguments, env):
        self.folder, self.data, self.arguments = folder, data, [str(part) for part in arguments]
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("WAKEFUL_", "SERVER_"))}
        self.env.update(env or {})
        self.process = None
        self.setup_url = None
        self.cookie = None

    def start(self):
        self.log = open(self.folder / "server.log", "a+", encoding="utf-8")
        self.process = subprocess.Popen(
            [binary("wakeful"), "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *self.arguments],
            stdout=subprocess.PIPE, stderr=self.log, env=self.env)
        line = self._line(DEADLINE_S)
        found = re.fullmatch(r"listening on (http://127\.0\.0\.1:(\d+))", line)
        if not found:
            pytest.fail(f"expected the listening line, got {line!r}; log: {self.log_text()[-2000:]}")
        self.url, self.port = found.group(1), int(found.group(2))
        return self

    def _line(self, deadline_s):
        """One line of its standard output, without the newline."""
        end, got = time.monotonic() + deadline_s, b""
        while time.monotonic() < end:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                byte = os.read(self.process.stdout.fileno(), 1)
                if byte in (b"\n", b""):
                    break
                got += byte
        return got.decode()

    def log_text(self):
        self.log.flush()
        self.log.seek(0)
        return self.log.read()

    def read_setup_link(self):
        line = self._line(DEADLINE_S)
        found = re.fullmatch(r"setup link \(works once\): (http\S+)", line)
        assert found, line
        return found.group(1)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, deadline_s=DEADLINE_S):
        return self.process.wait(deadline_s)

    def stop(self):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def end(self):
        if self.process and self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                pytest.fail("the server did not stop")
        if self.process:
            self.process.stdout.close()
            text = self.log_text()
            self.log.close()
            assert "Sanitizer" not in text and "runtime error" not in text, text[-5000:]

    # Requests.
    def connect(self, timeout=DEADLINE_S):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, target, body=None, headers=None, timeout=DEADLINE_S):
        with contextlib.closing(self.connect(timeout)) as connection:
            return exchange(connection, method, target, body, headers)

    def get(self, target, **headers):
        return self.request("GET", target, headers=headers)

    def raw(self, data, timeout=DEADLINE_S):
        """Send bytes as they are; all that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as peer:
            with contextlib.suppress(ConnectionError):
                peer.sendall(data)
            return read_all(peer)

    # Command line.
    def run(self, *arguments):
        return subprocess.run([binary("wakeful"), *[str(part) for part in arguments]], capture_output=True, text=True,
                              timeout=DEADLINE_S, env=self.env)

    def add(self, name):
        done = self.run("--data", self.data, "add", name, "--json")
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["name"] == name
        if self.cookie:
            wait_for(lambda: self.summary(name), f"the page to show {name}")
        return answer["key"]

    # The page's side.
    def log_in(self):
        """Make the first account through the one-time link."""
        token = self.read_setup_link().split("token=")[1]
        answer = self.request("POST", "/api/v1/setup",
                              json.dumps({"token": token, "name": "owner", "password": "correct horse battery"}),
                              {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"})
        assert answer.status == 200, answer.text
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]

    def api(self, target, method="GET"):
        answer = self.request(method, "/api/v1" + target, None,
                              {"Cookie": self.cookie, "Sec-Fetch-Site": "same-origin",
                               "Content-Type": "application/json"})
        assert answer.status in (200, 204), (answer.status, answer.text)
        return answer.json if answer.body else None

    def summary(self, name):
        return next((one for one in self.api("/servers")["servers"] if one["name"] == name), None)

    def samples(self, name, metrics="host_cpu_ratio", limit=10_000):
        return self.api(f"/servers/{self.summary(name)['id']}/samples?metrics={metrics}&limit={limit}")

    def send(self, key, reports, headers=None, **more):
        body = reports if isinstance(reports, (bytes, str)) else json.dumps(reports)
        return self.request("POST", "/api/v1/reports", body, {"Authorization": f"Bearer {key}", **(headers or {})},
                            **more)


def exchange(connection, method, target, body=None, headers=None):
    connection.request(method, target, body, headers or {})
    response = connection.getresponse()
    return Answer(response.status, response.headers, response.read())


def read_all(peer):
    got = b""
    with contextlib.suppress(ConnectionError):
        while chunk := peer.recv(65536):
            got += chunk
    return got


def now_ms():
    return time.time_ns() // 1_000_000


def report(sequence=1, time_ms=None, run="5f0c1e2d3a4b5968", boot_id=BOOT_ID, hostname="gpu3", **more):
    """A native report as small as it may be, with one figure."""
    made = {"agent": {"version": "0.1.0", "run": run}, "boot_id": boot_id, "sequence": sequence,
            "time_ms": now_ms() if time_ms is None else time_ms, "interval_ms": 8000, "host": {"hostname": hostname},
            "metrics": {"host_cpu_ratio": 0.25}}
    made.update(more)
    return made
