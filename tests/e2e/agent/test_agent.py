"""What the agent promises on its command line: output, exit codes, one thread, a clean end."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

from programs import binary, wait_for

ACKNOWLEDGED, CANNOT_START, REFUSED, UNREACHABLE = 0, 1, 2, 3


def body_of(output):
    lines = output.splitlines()
    return json.loads(lines[lines.index("body") + 1])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_once_print_shows_the_report_and_the_answer(server, agent, key_file):
    done = agent("--server", server.url, "--key-file", key_file(server.add("m1")), "--once", "--print")
    assert done.returncode == ACKNOWLEDGED, done.stderr
    assert "testmachine" in done.stdout
    assert "host_memory_total_bytes" in done.stdout
    body = body_of(done.stdout)
    assert body["host"]["hostname"] == "testmachine"
    assert body["metrics"]["host_memory_total_bytes"] == 2048000 * 1024
    lines = done.stdout.splitlines()
    assert lines[lines.index("status") + 1] == "200"
    assert json.loads(lines[lines.index("answer") + 1])["acknowledged"] == 1


def test_once_without_print_is_silent(server, agent, key_file):
    done = agent("--server", server.url, "--key-file", key_file(server.add("m1")), "--once")
    assert done.returncode == ACKNOWLEDGED, done.stderr
    assert done.stdout == ""


def test_the_key_may_come_from_the_environment(server, agent):
    done = agent("--once", env={"WAKEFUL_AGENT_SERVER": server.url, "WAKEFUL_AGENT_KEY": server.add("m1")})
    assert done.returncode == ACKNOWLEDGED, done.stderr


def test_an_unknown_key_is_refused_with_what_to_do(server, agent):
    unknown = "wk_" + "a" * 32
    done = agent("--server", server.url, "--key", unknown, "--once", "--print")
    assert done.returncode == REFUSED, (done.stdout, done.stderr)
    assert "401" in done.stdout
    assert "--key-file" in done.stderr + done.stdout
    assert unknown not in done.stderr + done.stdout


def test_a_server_that_is_away_is_unreachable(agent):
    url = f"http://127.0.0.1:{free_port()}"
    done = agent("--server", url, "--key", "wk_a", "--once", "--print")
    assert done.returncode == UNREACHABLE, (done.stdout, done.stderr)
    assert "not acknowledged" in done.stdout


def test_a_server_that_hangs_is_unreachable_within_its_deadline(agent):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        start = time.monotonic()
        done = agent("--server", f"http://127.0.0.1:{silent.getsockname()[1]}", "--key", "wk_a", "--once")
        assert done.returncode == UNREACHABLE, done.stderr
        assert time.monotonic() - start < 20


def test_once_print_without_a_server_only_prints(agent):
    done = agent("--once", "--print")
    assert done.returncode == 0, done.stderr
    assert body_of(done.stdout)["sequence"] == 1
    assert "status" not in done.stdout.splitlines()


def test_cpu_of_this_machine_is_measured_between_two_readings():
    done = subprocess.run([binary("wakeful-agent"), "--once", "--print", "--docker", "off"], capture_output=True,
                          text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    body = body_of(done.stdout)
    assert 0 <= body["metrics"]["host_cpu_ratio"] <= 1
    assert len(body["core_cpu_ratio"]) >= os.cpu_count()


def test_docker_absent_is_said_and_the_host_is_reported(machine, tmp_path):
    done = subprocess.run([binary("wakeful-agent"), "--once", "--print", "--proc-root", machine / "proc",
                           "--docker", f"unix:{tmp_path}/none.sock"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    body = body_of(done.stdout)
    assert "containers" not in body
    assert [(p["source"], p["code"]) for p in body["problems"] if p["source"] == "docker"] == [("docker", "not_found")]
    assert body["metrics"]["host_load1"] == 0.5


def test_wrong_settings_are_all_listed(agent):
    done = agent("--server", "ftp://x", "--interval", "1ms", "--log-level", "loud")
    assert done.returncode == CANNOT_START
    for part in ("server:", "interval:", "log_level:", "key: missing"):
        assert part in done.stderr


def test_help_and_version(agent):
    assert "Exit codes" in agent("--help").stdout
    assert agent("--version").stdout.startswith("wakeful-agent ")


@pytest.fixture
def daemon(server, machine, key_file, tmp_path):
    """A running agent at 1 s, its log beside it."""
    log = open(tmp_path / "agent.log", "w", encoding="utf-8")
    out = open(tmp_path / "agent.out", "w", encoding="utf-8")
    key = server.add("m1")
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [binary("wakeful-agent"), "--server", server.url, "--interval", "1s", "--proc-root", machine / "proc",
             "--sys-root", machine / "sys", "--root", machine, "--docker", "off", "--print",
             *(arguments or ("--key-file", key_file(key)))], stdout=out, stderr=log)
        process.out = tmp_path / "agent.out"
        process.log = tmp_path / "agent.log"
        process.key = key
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
    log.close()
    out.close()


def output(process):
    return process.out.read_text()


def acknowledged(process):
    return output(process).count('{"acknowledged"')


def threads_and_children(process):
    tasks = list(pathlib.Path(f"/proc/{process.pid}/task").iterdir())
    children = [pathlib.Path(task / "children").read_text().split() for task in tasks]
    return len(tasks), sum(children, [])


def sanitized():
    return b"__asan_init" in pathlib.Path(binary("wakeful-agent")).read_bytes()


def test_one_thread_and_no_child_processes(daemon):
    process = daemon()
    wait_for(lambda: acknowledged(process) >= 2, "two acknowledged reports")
    assert threads_and_children(process) == (1, [])


def test_sigterm_ends_it_cleanly(daemon):
    process = daemon()
    wait_for(lambda: acknowledged(process) >= 1, "a report")
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - start < 5


def test_the_key_is_not_shown_by_ps(daemon, server):
    key = server.add("m2")
    process = daemon("--key", key)
    wait_for(lambda: acknowledged(process) >= 1, "a report")
    assert key not in pathlib.Path(f"/proc/{process.pid}/cmdline").read_text()


def test_reports_of_an_outage_arrive_in_order(daemon, server):
    process = daemon()
    wait_for(lambda: acknowledged(process) >= 1, "a report")
    server.stop()
    before = output(process).count('"sequence"')
    wait_for(lambda: output(process).count('"sequence"') >= before + 3, "three reports without a server")
    assert process.poll() is None
    server.start()
    made = output(process).count('"sequence"')

    def total():
        answers = [json.loads(line) for line in output(process).splitlines() if line.startswith('{"acknowledged"')]
        return sum(answer["acknowledged"] for answer in answers), sum(answer["repeated"] for answer in answers)

    wait_for(lambda: total()[0] >= made, "all reports of the outage")
    assert total()[1] == 0, "none was stored twice"
    assert "cannot be delivered now" in process.log.read_text()
    assert "the server is back" in process.log.read_text()


@pytest.mark.skipif("WAKEFUL_BIN" in os.environ and sanitized(), reason="a sanitizer brings its own libraries")
def test_needs_no_library_but_glibc():
    listed = subprocess.run(["ldd", binary("wakeful-agent")], capture_output=True, text=True, timeout=30).stdout
    names = {line.split()[0].split("/")[-1].split(".so")[0] for line in listed.splitlines()}
    assert names <= {"linux-vdso", "libc", "libm", "ld-linux-x86-64", "ld-linux-aarch64"}, listed
