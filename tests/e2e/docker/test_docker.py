"""Our containers against what the engine itself says: docker stats and docker inspect."""
import os
import re
import signal
import time

import pytest

from programs import wait_for

UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
LIMITED_MEMORY = 64 << 20


@pytest.fixture(scope="module")
def containers(engine):
    """One of each kind."""
    engine.run("idle", "sleep", "100000")
    engine.run("busy", "sh", "-c", "while :; do :; done")
    engine.run("limited", "sh", "-c", "while :; do :; done", options=("--memory", "64m", "--cpus", "0.05"))
    # tail holds 30 MB because nobody reads it; the file is cache, which must not be counted.
    engine.run("memory", "sh", "-c", "cat /bin/busybox /bin/busybox >/tmp/file; "
               "head -c 30000000 /dev/zero | tail -c 30000000 | sleep 100000")
    engine.run("paused", "sleep", "100000")
    engine.docker("pause", "paused")
    engine.run("exited", "sh", "-c", "exit 3")
    engine.run("killed", "sleep", "100000")
    engine.docker("kill", "killed")
    engine.run("restarting", "sh", "-c", "exit 7", options=("--restart", "always"))
    engine.docker("create", "--network", "none", "--name", "created", "wakeful-test", "true")
    wait_for(lambda: engine.inspect("exited")["State"]["Status"] == "exited", "the end of the container exited")
    wait_for(lambda: engine.inspect("restarting")["RestartCount"] >= 4, "restarts far enough apart to be seen")
    names = engine.docker("ps", "--all", "--format", "{{.Names}}").stdout.split()
    yield names
    engine.remove(names)


def docker_stats(engine):
    """name -> (CPU as a ratio of the host, memory in bytes), as docker stats shows them."""
    shown = engine.docker("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.MemUsage}}").stdout
    figures = {}
    for line in shown.splitlines():
        name, cpu, memory = line.split()[:3]
        number, unit = re.fullmatch(r"([\d.]+)([A-Za-z]+)", memory).groups()
        figures[name] = (float(cpu.rstrip("%")) / 100 / os.cpu_count(), float(number) * UNITS[unit])
    return figures


def agree(ours, theirs):
    """The first container whose figures differ too much, or None."""
    for name, (cpu, memory) in theirs.items():
        metrics = ours[name].get("metrics", {})
        our_memory = metrics["container_memory_used_bytes"]
        if abs(our_memory - memory) > max(0.15 * memory, 512 << 10):
            return f"{name}: memory {our_memory} here, {memory} there"
        our_cpu = metrics["container_cpu_ratio"]
        if abs(our_cpu - cpu) > max(0.25 * cpu, 0.05):
            return f"{name}: CPU {our_cpu} here, {cpu} there"
    return None


def test_every_container_is_reported_running_or_not(engine, containers, agent):
    wait_for(lambda: set(agent.containers()) == set(containers), "all containers in a report")
    for container in agent.containers().values():
        assert container["engine"] == "docker"
        assert container["image"] == "wakeful-test"


def test_states_and_exit_codes_are_the_engines(engine, containers, agent):
    wait_for(lambda: set(agent.containers()) == set(containers), "all containers in a report")
    for name in set(containers) - {"restarting"}:  # that one changes by itself
        state = engine.inspect(name)["State"]
        ours = agent.containers()[name]
        assert ours["state"] == state["Status"], name
        if state["Status"] == "exited":
            assert ours["exit_code"] == state["ExitCode"], name
        else:
            assert "exit_code" not in ours, name
    assert agent.containers()["exited"]["exit_code"] == 3
    assert agent.containers()["killed"]["exit_code"] == 137
    wait_for(lambda: agent.containers()["restarting"]["state"] == "restarting", "the state restarting", 60)


def test_figures_are_those_of_docker_stats(engine, containers, agent):
    running = {"idle", "busy", "limited", "memory", "paused"}
    wait_for(lambda: all("container_cpu_ratio" in agent.containers().get(name, {}).get("metrics", {})
                         for name in running), "a CPU figure of every running container")
    difference = "not compared yet"

    def compare():
        nonlocal difference
        theirs = {name: figures for name, figures in docker_stats(engine).items() if name in running}
        assert set(theirs) == running
        difference = agree(agent.containers(), theirs)
        return difference is None

    end = time.monotonic() + 60  # two readings of a busy machine are never of the same second
    while not compare():
        assert time.monotonic() < end, difference


def test_a_busy_container_uses_more_than_a_limited_one_which_gets_its_share(engine, containers, agent):
    def ratio(name):
        return agent.containers().get(name, {}).get("metrics", {}).get("container_cpu_ratio")

    wait_for(lambda: ratio("limited") is not None and 0.03 < ratio("limited") * os.cpu_count() < 0.07,
             "a twentieth of a CPU in the container limited", 60)
    wait_for(lambda: ratio("busy") is not None and ratio("busy") > ratio("limited"), "more in the container busy")
    assert ratio("idle") < 0.02
    assert ratio("paused") < 0.02


def test_limits_are_reported_where_there_are_some(engine, containers, agent):
    wait_for(lambda: "container_memory_limit_bytes" in agent.containers().get("limited", {}).get("metrics", {}),
             "the limit of the container limited")
    metrics = agent.containers()["limited"]["metrics"]
    assert metrics["container_memory_limit_bytes"] == LIMITED_MEMORY
    assert metrics["container_cpu_limit_cores"] == 0.05
    idle = agent.containers()["idle"]["metrics"]
    assert "container_memory_limit_bytes" not in idle
    assert "container_cpu_limit_cores" not in idle


def test_a_container_comes_restarts_and_goes(engine, agent):
    wait_for(lambda: agent.newest() is not None, "a report")
    engine.run("shortlived", "sleep", "100000")
    try:
        wait_for(lambda: "container_cpu_ratio" in agent.containers().get("shortlived", {}).get("metrics", {}),
                 "figures of a new container")
        engine.docker("restart", "--time", "0", "shortlived")
        seen = len(agent.arrived)
        wait_for(lambda: len(agent.arrived) > seen + 2 and
                 "container_cpu_ratio" in agent.containers()["shortlived"].get("metrics", {}),
                 "figures after its restart")
    finally:
        engine.docker("rm", "--force", "shortlived")
    wait_for(lambda: "shortlived" not in agent.containers(), "its end")


def gaps(agent, since):
    times = [arrived for arrived, _ in agent.arrived if arrived >= since]
    return [later - earlier for earlier, later in zip(times, times[1:])]


def on_time(agent, since):
    """True when reports came at their interval of 1 s: none late by more than a half on a busy machine."""
    return max(gaps(agent, since)) < 1.5


def wait_for_reports(agent, count):
    seen = len(agent.arrived)
    wait_for(lambda: len(agent.arrived) >= seen + count, f"{count} reports")


def test_a_frozen_engine_delays_no_report(engine, containers, agent):
    wait_for(lambda: set(agent.containers()) == set(containers), "all containers in a report")
    engine.process.send_signal(signal.SIGSTOP)
    try:
        frozen = time.monotonic()
        wait_for(lambda: agent.docker_problem() == "timeout", "the problem in a report")
        wait_for_reports(agent, 5)
        assert on_time(agent, frozen), gaps(agent, frozen)
        assert "host_memory_used_bytes" in agent.newest()["metrics"]
    finally:
        engine.process.send_signal(signal.SIGCONT)
    wait_for(lambda: agent.docker_problem() is None and set(agent.containers()) == set(containers),
             "the engine's return", 60)


def test_a_stopped_engine_delays_no_report_and_is_found_again(engine, containers, agent):
    wait_for(lambda: set(agent.containers()) == set(containers), "all containers in a report")
    engine.stop()
    stopped = time.monotonic()
    try:
        wait_for(lambda: agent.docker_problem() in ("not_found", "unavailable"), "the problem in a report")
        wait_for_reports(agent, 4)
        assert "containers" not in agent.newest(), "what is not known is absent"
        assert on_time(agent, stopped), gaps(agent, stopped)
        text = agent.log.read_text()
        assert text.count("a source has a problem source=docker") <= 2, text
    finally:
        engine.start()
    wait_for(lambda: agent.docker_problem() is None and set(agent.containers()) == set(containers),
             "the engine's return", 60)
    wait_for(lambda: "container_cpu_ratio" in agent.containers()["busy"].get("metrics", {}), "figures again")
