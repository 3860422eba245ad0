"""wakeful demo: a real server with simulated machines, in one process."""
import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from programs import DEADLINE_S, binary, wait_for
from wakeful_server import WakefulServer, now_ms

HOUR_MS = 3_600_000


class Demo(WakefulServer):
    """In a session of its own, so that nothing of it can stay unseen."""

    def start(self):
        self.log = open(self.folder / "server.log", "a+", encoding="utf-8")
        self.started_ms = now_ms()
        self.process = subprocess.Popen([binary("wakeful"), "demo", "--port", "0", *self.arguments],
                                        stdout=subprocess.PIPE, stderr=self.log, env=self.env, start_new_session=True)
        self.url, self.port = self.expect(r"listening on (http://127\.0\.0\.1:(\d+))").groups()
        login = self.expect(r'log in as "demo" with the password (.+)').group(1)
        self.password = login if re.fullmatch("[0-9a-f]{16}", login) else None
        self.data = pathlib.Path(self.expect(r"\d+ simulated servers, data in (\S+); end: Ctrl-C").group(1))
        return self

    def expect(self, pattern):
        line = self._line(DEADLINE_S)
        found = re.fullmatch(pattern, line)
        assert found, (line, self.log_text()[-2000:])
        return found

    def wait_until_the_present(self):
        end = time.monotonic() + 4 * DEADLINE_S
        while time.monotonic() < end:
            line = self._line(DEADLINE_S)
            found = re.match(r"in the present: (\d+) reports stored, \d+ a second, (\d+) refused", line)
            if found:
                return int(found.group(1)), int(found.group(2))
            assert "in the past: " in line, (line, self.log_text()[-2000:])
        pytest.fail("the demo did not reach the present")

    def log_in(self, password=None):
        answer = self.request("POST", "/api/v1/login",
                              json.dumps({"name": "demo", "password": password or self.password}),
                              {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"})
        assert answer.status == 200, answer.text
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]

    def interrupt(self):
        """Ctrl-C; the exit code. Nothing of it is left then."""
        self.signal(signal.SIGINT)
        code = self.wait()
        with pytest.raises(ProcessLookupError):
            os.killpg(self.process.pid, 0)
        return code


@pytest.fixture
def make_demo(tmp_path):
    made = []

    def make(*arguments):
        env = {"TMPDIR": str(tmp_path)}
        made.append(Demo(tmp_path, None, arguments, env))
        return made[-1].start()
    yield make
    for demo in made:
        demo.end()


def test_twenty_servers_have_a_history_from_before_the_start(make_demo, tmp_path):
    demo = make_demo("--servers", "20", "--history", "3h", "--speed", "100000", "--interval", "30s")
    stored, refused = demo.wait_until_the_present()
    assert refused == 0
    demo.log_in()
    servers = demo.api("/servers")["servers"]
    assert len(servers) == len({one["name"] for one in servers}) == 20
    assert {one["name"].split("-")[0] for one in servers} == {"web", "gpu", "nas", "desk"}

    held, oldest, newest = 0, now_ms(), 0
    for one in servers:
        times = demo.samples(one["name"])["time_ms"]
        assert times == sorted(set(times))
        if times:
            # The time of a report is its own: neither moved to now nor beyond it.
            assert demo.started_ms - 3 * HOUR_MS - 1000 <= times[0] and times[-1] <= now_ms()
            held, oldest, newest = held + len(times), min(oldest, times[0]), max(newest, times[-1])
    assert held >= stored
    assert oldest < demo.started_ms - 2.9 * HOUR_MS
    assert newest > demo.started_ms - 0.2 * HOUR_MS

    assert demo.data.parent == tmp_path and demo.data.exists()
    assert demo.interrupt() == 0
    assert not demo.data.exists(), "a temporary folder goes with the demo"


def test_interrupted_in_the_past_it_ends_cleanly(make_demo):
    demo = make_demo("--servers", "20", "--history", "30d", "--speed", "2000", "--interval", "1s")
    demo.log_in()
    wait_for(lambda: any(one["state"] == "on" for one in demo.api("/servers")["servers"]), "a first report")
    assert demo.interrupt() == 0
    assert not demo.data.exists()


def test_with_a_folder_it_goes_on_where_it_ended(make_demo, tmp_path):
    folder = tmp_path / "kept"
    arguments = ("--data", folder, "--servers", "4", "--history", "2h", "--speed", "100000", "--interval", "20s")
    first = make_demo(*arguments)
    first.wait_until_the_present()
    first.log_in()
    before = {one["name"]: first.samples(one["name"])["time_ms"] for one in first.api("/servers")["servers"]}
    assert first.interrupt() == 0

    second = make_demo(*arguments)
    assert second.password is None, "the account is the first demo's"
    second.wait_until_the_present()
    second.log_in(first.password)
    for name, times in before.items():
        again = second.samples(name)["time_ms"]
        assert again[:len(times)] == times, "what was there is there, and nothing twice"
    assert second.interrupt() == 0


def test_the_data_of_a_real_server_is_not_touched(make_server):
    server = make_server()
    server.add("gpu3")
    done = server.run("demo", "--port", "0", "--data", server.data)
    assert done.returncode == 1
    assert "holds data that no demo made" in done.stderr
    assert "gpu3" in server.run("--data", server.data, "list").stdout


def test_it_looks_at_no_environment(make_demo, tmp_path):
    real = tmp_path / "real"
    os.makedirs(real)
    demo = make_demo("--servers", "2", "--history", "1m")
    assert demo.interrupt() == 0
    demo.env["WAKEFUL_DATA"] = demo.env["SERVER_HOME"] = str(real)
    demo.env["WAKEFUL_LISTEN"] = "127.0.0.1:1"
    demo.process.stdout.close()
    demo.log.close()
    demo.start()
    assert demo.interrupt() == 0
    assert list(real.iterdir()) == []
