"""The built programs for tests of whole programs. They come from WAKEFUL_BIN (a folder such as build/release/bin)."""
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import time

import pytest

DEADLINE_S = 30


def binary(name):
    folder = os.environ.get("WAKEFUL_BIN")
    if not folder:
        pytest.fail("WAKEFUL_BIN is not set: the folder with wakeful and wakeful-agent, such as build/release/bin")
    path = pathlib.Path(folder) / name
    if not path.exists():
        pytest.fail(f"{path} does not exist: build it first")
    return str(path)


def wait_for(condition, what, deadline_s=DEADLINE_S):
    """The condition's first true value; fails the test when the deadline passes."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            pytest.fail(f"waited {deadline_s} s for: {what}")
        time.sleep(0.02)


class Server:
    """wakeful serve on a free port, with a data folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.log = open(folder / "server.log", "a+", encoding="utf-8")
        self.listen = "127.0.0.1:0"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [binary("wakeful"), "serve", "--data", self.folder / "data", "--listen", self.listen],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.url = self._wait_until_ready()
        self.listen = self.url.removeprefix("http://")  # the same one after a restart

    def _wait_until_ready(self):
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                line = self.process.stdout.readline()
                found = re.search(r"listening on (http://\S+)", line)
                if found:
                    return found.group(1)
                if not line:
                    break
        self.log.seek(0)
        pytest.fail(f"wakeful serve did not become ready: {self.log.read()[-2000:]}")

    def add(self, name):
        done = subprocess.run([binary("wakeful"), "--data", self.folder / "data", "add", name, "--json"],
                              capture_output=True, text=True, timeout=DEADLINE_S)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["key"]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
