"""The agent with a real Docker Engine. Needs root and dockerd; skipped without, but not in CI."""
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
import docker_engine  # noqa: E402
from programs import binary  # noqa: E402


@pytest.fixture(scope="session")
def engine():
    reason = docker_engine.why_not()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"no Docker Engine can be started: {reason}")
    if reason:
        pytest.skip(f"no Docker Engine can be started: {reason}")
    made = docker_engine.Engine()
    try:
        made.start()
        made.make_image()
        yield made
    finally:
        made.close()


class Agent:
    """wakeful-agent --print at 1 s, sending to a server that is not there: its reports are read from its output."""

    def __init__(self, engine, folder):
        self.arrived = []  # (monotonic time, report)
        self.log = folder / "agent.log"
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [binary("wakeful-agent"), "--server", "http://127.0.0.1:9", "--key", "wk_none", "--interval", "1s",
                 "--print", "--docker", engine.url], stdout=subprocess.PIPE, stderr=log, text=True)
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            if line.startswith("{") and '"boot_id"' in line:
                self.arrived.append((time.monotonic(), json.loads(line)))

    def newest(self):
        return self.arrived[-1][1] if self.arrived else None

    def containers(self):
        report = self.newest() or {}
        return {container["name"]: container for container in report.get("containers", [])}

    def docker_problem(self):
        report = self.newest() or {}
        found = [problem for problem in report.get("problems", []) if problem["source"] == "docker"]
        return found[0]["code"] if found else None

    def close(self):
        self.process.terminate()
        code = self.process.wait(10)
        self.reader.join()
        self.process.stdout.close()
        return code


@pytest.fixture
def agent(engine, tmp_path):
    made = Agent(engine, tmp_path)
    yield made
    made.close()
