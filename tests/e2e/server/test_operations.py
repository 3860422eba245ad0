"""What an owner does with a whole store: back up a server at work, bring it back, export, verify."""
import contextlib
import csv
import io
import json
import shutil
import sqlite3
import subprocess
import tarfile

from programs import DEADLINE_S, binary, wait_for
from test_durability import assert_all_are_there, load, total
from wakeful_server import now_ms, report

SENDERS = 4


def send_series(server, key, count, containers=()):
    """So many reports, a second apart, up to now. Returns their times."""
    begin = now_ms() - count * 1000
    times = [begin + number * 1000 for number in range(count)]
    made = [report(number, time_ms=time, containers=[
        {"name": name, "state": "running", "metrics": {"container_cpu_ratio": number % 100 / 100}}
        for name in containers]) for number, time in enumerate(times)]
    for start in range(0, count, 1000):
        answer = server.send(key, made[start:start + 1000])
        assert answer.status == 200, answer.text
    return times


def export_by_server(server, data):
    """The CPU samples of every server, as lines in the order of time."""
    done = server.run("--data", data, "export", "--format", "csv", "--metric", "host_cpu_ratio")
    assert (done.returncode, done.stderr) == (0, "")
    by_server = {}
    for row in csv.DictReader(io.StringIO(done.stdout)):
        by_server.setdefault(row["server"], []).append((row["time"], row["value"]))
    return by_server


def test_a_backup_of_a_server_under_load_has_all_that_was_acknowledged_before(make_server, tmp_path):
    server = make_server()
    server.log_in()
    keys = [server.add(f"host{number}") for number in range(SENDERS)]
    file = tmp_path / "wakeful.tar.zst"
    with load(server, keys) as senders:
        wait_for(lambda: total(senders) >= 400, "400 acknowledged reports")
        before = [list(sender.acknowledged) for sender in senders]
        done = server.run("--data", server.data, "backup", file)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        wait_for(lambda: total(senders) > sum(map(len, before)), "the server to go on")
    assert not any(sender.refused for sender in senders)
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(server.data.glob(".backup-*"))

    restored = tmp_path / "restored"
    done = server.run("--data", restored, "restore", file)
    assert done.returncode == 0, done.stderr
    done = server.run("--data", restored, "check")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout

    second = make_server(data=restored)
    second.cookie = server.cookie  # the session is in the backup as well
    assert {one["name"] for one in second.api("/servers")["servers"]} == {f"host{n}" for n in range(SENDERS)}
    for number, key in enumerate(keys):
        assert_all_are_there(second, key, before[number], number)
    originals, copies = export_by_server(server, server.data), export_by_server(server, restored)
    for number in range(SENDERS):
        original, copy = originals[f"host{number}"], copies[f"host{number}"]
        assert len(before[number]) <= len(copy) <= len(original)
        assert copy == original[:len(copy)]  # up to a moment, each once


def test_people_can_read_a_backup_with_tar(make_server, tmp_path):
    server = make_server()
    server.send(server.add("gpu3"), report())
    file = tmp_path / "wakeful.tar.zst"
    assert server.run("--data", server.data, "backup", file).returncode == 0
    plain = subprocess.run(["zstd", "-dcq", file], capture_output=True, check=True, timeout=DEADLINE_S).stdout
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        names = archive.getnames()
        assert names[0] == "wakeful-backup.txt"
        assert names[-1] == "SHA256SUMS"
        assert {"registry.db", "samples.db"} <= set(names)
        folder = tmp_path / "by-hand"
        folder.mkdir()
        archive.extractall(folder)
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=True, timeout=DEADLINE_S)
    second = make_server(data=folder)
    assert second.get("/health").status == 200


def test_a_killed_backup_leaves_nothing_that_the_next_one_does_not_take_away(make_server, tmp_path):
    server = make_server()
    key = server.add("gpu3")
    send_series(server, key, 3000)
    file = tmp_path / "wakeful.tar.zst"
    command = [binary("wakeful"), "--data", server.data, "backup", file]
    for _ in range(5):
        backup = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=server.env)
        wait_for(lambda: backup.poll() is not None or list(server.data.glob(".backup-*")), "the backup to begin")
        backup.kill()
        backup.wait(DEADLINE_S)
        backup.stderr.close()
        if file.exists():  # it was faster than the kill
            assert server.run("--data", tmp_path / "fast", "restore", file).returncode == 0
            shutil.rmtree(tmp_path / "fast")
            file.unlink()
    done = server.run("--data", server.data, "backup", file)
    assert done.returncode == 0, done.stderr
    assert not list(server.data.glob(".backup-*"))
    assert not list(tmp_path.glob("*.part"))
    done = server.run("--data", tmp_path / "restored", "restore", file)
    assert done.returncode == 0, done.stderr
    assert server.get("/health").status == 200


def test_a_restore_that_finds_no_room_leaves_nothing(make_server, small_disk, tmp_path):
    server = make_server()
    server.send(server.add("gpu3"), report())
    file = tmp_path / "wakeful.tar.zst"
    assert server.run("--data", server.data, "backup", file).returncode == 0
    with open(small_disk / "ballast", "wb") as ballast:
        ballast.write(b"x" * (5 << 20))
    done = server.run("--data", small_disk / "data", "restore", file)
    assert done.returncode == 1
    assert "the store needs" in done.stderr, done.stderr
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]


def test_a_backup_that_finds_no_room_says_how_much_is_missing_and_leaves_nothing(make_server, small_disk):
    server = make_server()
    server.send(server.add("gpu3"), report())
    with open(small_disk / "ballast", "wb") as ballast:
        ballast.write(b"x" * (5 << 20))
    done = server.run("--data", server.data, "backup", small_disk / "wakeful.tar.zst")
    assert done.returncode == 1
    assert "free" in done.stderr and "MiB more" in done.stderr, done.stderr
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]
    assert not list(server.data.glob(".backup-*"))


def test_an_export_has_every_value_that_was_sent(make_server):
    server = make_server()
    times = send_series(server, server.add("gpu3"), 50, ["web", 'a,"b"'])
    done = server.run("--data", server.data, "export", "--format", "csv")
    assert (done.returncode, done.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 50 * 3
    assert {(row["entity"], row["metric"]) for row in rows} == {("host", "host_cpu_ratio"), ("container:web", "container_cpu_ratio"),
                                                              ('container:a,"b"', "container_cpu_ratio")}
    web = [float(row["value"]) for row in rows if row["entity"] == "container:web"]
    assert web == [number % 100 / 100 for number in range(len(times))]

    done = server.run("--data", server.data, "export", "--format", "jsonl", "--since", "1h", "--server", "gpu3")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == 150
    assert lines[0]["metrics"] == {"host_cpu_ratio": 0.25}


def test_an_export_ends_quietly_when_nobody_reads_on(make_server):
    server = make_server()
    send_series(server, server.add("gpu3"), 5000)
    export = subprocess.Popen([binary("wakeful"), "--data", server.data, "export", "--format", "jsonl"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=server.env)
    assert json.loads(export.stdout.readline())["server"] == "gpu3"
    export.stdout.close()
    assert export.stderr.read() == b""
    export.stderr.close()
    assert export.wait(DEADLINE_S) == 0


def test_an_export_to_a_full_disk_is_an_error(make_server, small_disk):
    server = make_server()
    send_series(server, server.add("gpu3"), 5000)
    with open(small_disk / "ballast", "wb") as ballast:
        ballast.write(b"x" * ((6 << 20) - 65536))
    output = small_disk / "out.jsonl"
    done = server.run("--data", server.data, "export", "--format", "jsonl", "--output", output)
    assert done.returncode == 1
    assert "No space left" in done.stderr
    with open(small_disk / "redirected", "wb") as redirected:
        done = subprocess.run([binary("wakeful"), "--data", server.data, "export", "--format", "jsonl"],
                              stdout=redirected, stderr=subprocess.PIPE, timeout=DEADLINE_S, env=server.env)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert sorted(path.name for path in small_disk.iterdir()) == ["ballast", "redirected"]


def test_check_names_a_damaged_file_beside_the_running_server(make_server):
    server = make_server()
    server.send(server.add("gpu3"), report())
    done = server.run("--data", server.data, "check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("No problem in ")
    (server.data / "samples").mkdir(exist_ok=True)
    damaged = server.data / "samples" / "2020-01-01.db"
    damaged.write_bytes(b"x" * 20_000)
    done = server.run("--data", server.data, "check")
    assert done.returncode == 1
    assert done.stdout.startswith("samples/2020-01-01.db: ")
    assert done.stderr.startswith("wakeful: 1 problem in ")
    assert server.get("/health").status == 200


def flip_a_bit(file, table, column, where):
    """In the last byte of one value."""
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        [(row, value)] = database.execute(f"SELECT rowid, {column} FROM {table} WHERE {where}").fetchall()
        database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value[:-1] + bytes([value[-1] ^ 1]), row))


def test_a_damaged_block_costs_that_block_and_a_damaged_batch_not_the_start(make_server):
    server = make_server()
    server.log_in()
    times = {name: send_series(server, server.add(name), 600) for name in ("gpu3", "nas")}
    server.stop()
    assert server.run("--data", server.data, "compact").returncode == 0
    pack = max((server.data / "samples").glob("2*.db"))
    flip_a_bit(pack, "block", "data", "rowid = (SELECT min(rowid) FROM block WHERE server = 1 AND kind = 1)")
    done = server.run("--data", server.data, "check")
    assert done.returncode == 1
    [line] = done.stdout.splitlines()
    assert line.startswith(f"samples/{pack.name}: server 1, block at "), line

    second = make_server()
    second.cookie = server.cookie
    assert second.samples("nas")["time_ms"] == times["nas"]
    left = second.samples("gpu3")["time_ms"]
    assert set(left) < set(times["gpu3"])
    assert pack.name in second.log_text()
    key = second.add("desk")
    for number in range(3):
        assert second.send(key, report(number)).status == 200
    second.kill()

    journal = second.data / "samples.db"
    flip_a_bit(journal, "batch", "records", "rowid = (SELECT max(rowid) - 1 FROM batch)")
    done = second.run("--data", second.data, "check")
    assert done.returncode == 1
    assert "samples.db: batch " in done.stdout, done.stdout
    third = make_server()
    third.cookie = server.cookie
    assert third.get("/health").status == 200
    assert "reports of the journal cannot be read" in third.log_text()
    assert third.samples("nas")["time_ms"] == times["nas"]
    assert third.send(key, report(9)).json["repeated"] == 0
    assert len(third.samples("desk")["time_ms"]) >= 2


def test_compact_leaves_a_running_server_alone_and_packs_a_stopped_one(make_server):
    server = make_server()
    send_series(server, server.add("gpu3"), 10)
    done = server.run("--data", server.data, "compact")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Nothing to do")
    server.stop()
    done = server.run("--data", server.data, "compact")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Samples took ")
