"""Acknowledged means on disk: what a kill, a stop and a full disk leave behind."""
import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest

from ledger import DAY_MS, Ledger, sending
from programs import binary, wait_for
from wakeful_server import exchange, now_ms, report

SENDERS = 8
KILLS = 50


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


def start_and_kill_at_once(server, seconds):
    """A start that does not get far."""
    process = subprocess.Popen([binary("wakeful"), "serve", "--data", str(server.data), "--listen", "127.0.0.1:0"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=server.env)
    threading.Event().wait(seconds)
    process.kill()
    process.wait()


def test_fifty_kills_under_load_lose_nothing_acknowledged_and_double_nothing(make_server, record_property):
    seed = int(os.environ.get("WAKEFUL_TEST_SEED") or random.randrange(1 << 32))
    print(f"seed {seed}; WAKEFUL_TEST_SEED repeats its choices, though not the moments of the kernel")
    chance = random.Random(seed)
    # Small, so that packing is on its way at most of the kills; and days in the past, which every start closes.
    environment = {"WAKEFUL_STORE_MEMORY": "1MiB"}
    server = make_server(env=environment)
    server.log_in()
    cookie = server.cookie
    begin_ms = now_ms() // 1000 * 1000 - 25 * DAY_MS
    ledgers = [Ledger(f"host{number}", number, begin_ms, seed) for number in range(SENDERS)]
    for ledger in ledgers:
        ledger.key = server.add(ledger.name)
        ledger.id = server.summary(ledger.name)["id"]
    slowest_s = 0
    for kill in range(KILLS):
        firsts = [ledger.next_sequence for ledger in ledgers]
        with sending(server, ledgers) as senders:
            assert senders[0].first_answer.wait(30)
            threading.Event().wait(chance.uniform(0, 0.5))
            assert server.process.poll() is None, "it ended by itself"
            server.kill()
        if kill % 5 == 4:
            start_and_kill_at_once(server, chance.uniform(0, 0.08))
        began = time.monotonic()
        server = make_server(env=environment)
        slowest_s = max(slowest_s, time.monotonic() - began)
        server.cookie = cookie
        for ledger, first in zip(ledgers, firsts):
            assert not ledger.problems, ledger.problems[:3]
            ledger.settle(server)
            ledger.assert_same(server, first)
    for ledger in ledgers:
        ledger.assert_same(server)
        assert ledger.count_in_days(server) == len(ledger.acknowledged)
    stored = sum(len(ledger.acknowledged) for ledger in ledgers)
    print(f"{KILLS} kills, {stored} reports acknowledged, slowest start {slowest_s:.2f} s")
    record_property("reports", stored)
    assert stored > KILLS * SENDERS
    assert list((server.data / "samples").glob("*.db")), "nothing was packed: the kills met an idle store"
    done = server.run("--data", server.data, "check")
    assert done.returncode == 0, done.stdout + done.stderr


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


def fill(path, leave_bytes):
    """Take the free space of a file system but for so much."""
    disk = os.statvfs(path.parent)
    with open(path, "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            for _ in range(max(0, disk.f_bavail * disk.f_bsize - leave_bytes) // 4096):
                file.write(b"x" * 4096)


@pytest.mark.parametrize("small_disk", [16], indirect=True)
def test_a_disk_that_fills_while_packing_loses_nothing(small_disk, make_server):
    server = make_server(data=small_disk / "data", env={"WAKEFUL_STORE_MEMORY": "1MiB"})
    server.log_in()
    chance = random.Random(15)
    key = server.add("gpu3")
    id_ = server.summary("gpu3")["id"]
    begin_ms = now_ms() - 2 * DAY_MS
    wanted, sequence = {}, 0

    def batch():
        return [report(n, begin_ms + n * 1000, metrics={"host_cpu_ratio": n % 100 / 100}, containers=[
            {"name": f"c{container}", "state": "running",
             "metrics": {"container_memory_used_bytes": chance.randrange(1 << 20) * 65_536}} for container in range(20)])
            for n in range(sequence, sequence + 100)]

    def send_some():
        """One batch. Its times count only once it is acknowledged."""
        nonlocal sequence
        answer = server.send(key, batch(), {"Wakeful-Sent-Ms": str(now_ms())})
        if answer.status == 200:
            wanted.update((begin_ms + n * 1000, n % 100 / 100) for n in range(sequence, sequence + 100))
            sequence += 100
        return answer

    def packing_failed():
        return "reports could not be packed" in server.log_text()

    def read():
        found, before = {}, now_ms()
        while True:
            got = server.api(f"/servers/{id_}/samples?metrics=host_cpu_ratio&limit=10000&before_ms={before}")
            found.update(zip(got["time_ms"], got["columns"]["host_cpu_ratio"]))
            if not got["more"]:
                return found
            before = got["time_ms"][0]

    # The journal's log is reused from its beginning now and then, so that appends find room in it where packs do not.
    log, sizes = small_disk / "data" / "samples.db-wal", []
    while len(sizes) < 20 or sizes[-20] != sizes[-1]:
        assert send_some().status == 200 and sequence < 50_000
        sizes.append(log.stat().st_size)
    wait_for(lambda: list(small_disk.glob("data/samples/*.db")), "the first packs")
    fill(small_disk / "ballast", 0)
    sequence += 86_400  # of another day, so in a pack that is not there yet
    answer = send_some()
    while answer.status == 200:
        assert sequence < 200_000
        answer = send_some()
    assert (answer.status, bool(answer.detail)) == (503, True)
    wait_for(packing_failed, "packing to fail")
    health = server.get("/health")
    assert (health.status, bool(health.json["reason"])) == (503, True)
    assert read() == wanted, "reads go on"

    (small_disk / "ballast").unlink()
    wait_for(lambda: server.get("/health").status == 200, "the server to be healthy again")
    wait_for(lambda: "packing works again" in server.log_text(), "packing to work again")
    assert send_some().status == 200
    assert read() == wanted
    assert server.stop() == 0
    server = make_server(data=small_disk / "data")
    done = server.run("--data", server.data, "check")
    assert done.returncode == 0, done.stdout + done.stderr


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
