"""Acknowledged means on disk: what a kill, a stop and a full disk leave behind."""
import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import threading

import pytest

from programs import wait_for
from wakeful_server import exchange, report

SENDERS = 8


class Sender(threading.Thread):
    """One agent that reports as fast as it can, and remembers what was acknowledged."""

    def __init__(self, server, key, number, first_sequence=0):
        super().__init__(daemon=True)
        self.server, self.key, self.number = server, key, number
        self.first_sequence = first_sequence
        self.acknowledged, self.unanswered, self.refused = [], [], []
        self.enough = threading.Event()

    def run(self):
        sequence = self.first_sequence
        with contextlib.closing(self.server.connect()) as connection:
            while not self.enough.is_set():
                sequence += 1
                made = report(sequence, run=f"{self.number:016x}", interval_ms=1000)
                try:
                    answer = exchange(connection, "POST", "/api/v1/reports", json.dumps(made),
                                      {"Authorization": f"Bearer {self.key}"})
                except ConnectionRefusedError:
                    return  # nobody listens any more: this one was never sent
                except (OSError, http.client.HTTPException):
                    self.unanswered.append(sequence)
                    return
                if answer.status == 200:
                    self.acknowledged.append(sequence)
                else:
                    self.refused.append(answer)
                if answer.headers.get("Connection", "").lower() == "close":
                    return


@contextlib.contextmanager
def load(server, keys, first_sequence=0):
    senders = [Sender(server, key, number, first_sequence) for number, key in enumerate(keys)]
    for sender in senders:
        sender.start()
    try:
        yield senders
    finally:
        for sender in senders:
            sender.enough.set()
        for sender in senders:
            sender.join(30)
            assert not sender.is_alive()


def total(senders):
    return sum(len(sender.acknowledged) for sender in senders)


def assert_all_are_there(server, key, sequences, number):
    """Each acknowledged report, sent once more, is known; none is known twice."""
    again = [report(sequence, run=f"{number:016x}") for sequence in sequences]
    for start in range(0, len(again), 1000):
        part = again[start:start + 1000]
        answer = server.send(key, part)
        assert answer.status == 200, answer.text
        assert (answer.json["acknowledged"], answer.json["repeated"]) == (len(part), len(part))


def test_a_kill_under_load_loses_nothing_acknowledged(make_server):
    server = make_server()
    keys = [server.add(f"host{number}") for number in range(SENDERS)]
    known = [[] for _ in keys]
    chance = random.Random(4711)
    for round_number in range(4):
        with load(server, keys, first_sequence=round_number * 1_000_000) as senders:
            goal = chance.randint(100, 600)
            wait_for(lambda: total(senders) >= goal, f"{goal} acknowledged reports")
            server.kill()
        server = make_server()
        for number, sender in enumerate(senders):
            known[number].extend(sender.acknowledged)
            assert not sender.refused
            assert_all_are_there(server, keys[number], sender.acknowledged, number)
    assert sum(map(len, known)) >= 400


def test_a_stop_under_load_answers_everything_it_took(make_server):
    server = make_server()
    keys = [server.add(f"host{number}") for number in range(SENDERS)]
    for round_number in range(3):
        with load(server, keys, first_sequence=round_number * 1_000_000) as senders:
            wait_for(lambda: total(senders) >= 200, "200 acknowledged reports")
            assert server.stop() == 0
        for sender in senders:
            assert not sender.refused, sender.refused[0].text
        server = make_server()
        for number, sender in enumerate(senders):
            assert_all_are_there(server, keys[number], sender.acknowledged, number)
            for sequence in sender.unanswered:  # came too late: then it was not stored either
                answer = server.send(keys[number], report(sequence, run=f"{number:016x}"))
                assert answer.json["repeated"] == 0


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 6 MiB, for root only."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_told_and_survived(small_disk, make_server):
    server = make_server(data=small_disk / "data")
    server.log_in()
    key = server.add("gpu3")
    answer = server.send(key, report(0))
    assert answer.status == 200, answer.text
    assert server.get("/health").status == 200

    ballast = small_disk / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass
    acknowledged, sequence, refused = [0], 0, None
    while refused is None:
        sequence += 1
        assert sequence < 20_000
        answer = server.send(key, report(sequence, containers=[{"name": f"c{n}", "state": "running", "metrics": {
            "container_cpu_ratio": (sequence * 7 + n) % 100 / 100}} for n in range(20)]))
        if answer.status == 200:
            acknowledged.append(sequence)
        else:
            refused = answer
    assert refused.status == 503
    assert refused.detail
    assert int(refused.headers["Retry-After"]) > 0
    health = server.get("/health")
    assert health.status == 503
    assert health.json["status"] == "unhealthy"
    assert health.json["reason"]
    assert server.api("/refusals")["recent"][0]["status"] == 503
    assert server.summary("gpu3")["state"] == "on"  # it is alive, only the disk is full
    body = server.request("POST", "/monitor_info", "{}")
    assert body.status == 200

    ballast.unlink()
    wait_for(lambda: server.get("/health").status == 200, "the server to be healthy again")
    answer = server.send(key, report(sequence))
    assert (answer.status, answer.json["repeated"]) == (200, 0), answer.text
    assert_repeats(server, key, acknowledged)


def assert_repeats(server, key, sequences):
    """Nothing that was acknowledged before is missing."""
    for start in range(0, len(sequences), 1000):
        part = sequences[start:start + 1000]
        answer = server.send(key, [report(sequence) for sequence in part])
        assert answer.json["repeated"] == len(part)


def test_signals_during_the_start_leave_a_usable_folder(make_server):
    for _ in range(3):
        server = make_server()
        server.signal(signal.SIGKILL)
        server.process.wait()
    server = make_server()
    key = server.add("gpu3")
    assert server.send(key, report(1)).status == 200
