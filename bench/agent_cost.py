#!/usr/bin/env python3
"""What the agent costs: memory and CPU at 1 s with 20 idle containers, beside node_exporter scraped every second.

A Docker Engine of its own, a real wakeful serve, one run for all. PSS from /proc/PID/smaps_rollup, CPU from /proc/PID/stat.
usage: agent_cost.py --bin FOLDER [--seconds 60] [--containers 20]. Needs root, docker.io, busybox-static, prometheus-node-exporter.
"""
import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/support"))
import docker_engine  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")


def pss_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scrape(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/metrics")
    connection.getresponse().read()
    connection.close()


def start_server(bin_folder, folder):
    process = subprocess.Popen([bin_folder / "wakeful", "serve", "--data", folder / "data", "--listen", "127.0.0.1:0"],
                               stdout=subprocess.PIPE, stderr=open(folder / "server.log", "w"), text=True)
    for line in process.stdout:
        found = re.search(r"listening on (http://\S+)", line)
        if found:
            return process, found.group(1)
    sys.exit(f"wakeful serve does not start: {(folder / 'server.log').read_text()}")


def start_all(args, folder, engine, started):
    """(agent's process, node_exporter's process, its port)"""
    server, url = start_server(args.bin, folder)
    started.append(server)
    added = subprocess.run([args.bin / "wakeful", "--data", folder / "data", "add", "bench", "--json"],
                           capture_output=True, text=True, check=True)
    key = folder / "key"
    key.touch(0o600)
    key.write_text(json.loads(added.stdout)["key"])
    agent = subprocess.Popen([args.bin / "wakeful-agent", "--server", url, "--key-file", key, "--interval", "1s",
                              "--docker", engine.url], stderr=open(folder / "agent.log", "w"))
    started.append(agent)
    port = free_port()
    exporter = subprocess.Popen([shutil.which("prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{port}"],
                                stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    started.append(exporter)
    return agent, exporter, port


def measure(args, agent, exporter, port):
    """name -> (PSS KiB at the end, largest PSS, CPU seconds per minute)"""
    watched = {"wakeful-agent, 1 s": agent.pid, "node_exporter, scraped every 1 s": exporter.pid}
    for _ in range(5):  # what happens once at the start is not a cost per minute
        time.sleep(1)
        scrape(port)
    start = {name: cpu_seconds(pid) for name, pid in watched.items()}
    begin = time.monotonic()
    peaks = dict.fromkeys(watched, 0)
    for second in range(args.seconds):
        scrape(port)
        for name, pid in watched.items():
            peaks[name] = max(peaks[name], pss_kib(pid))
        time.sleep(max(0, begin + second + 1 - time.monotonic()))
    minutes = (time.monotonic() - begin) / 60
    return {name: (pss_kib(pid), peaks[name], (cpu_seconds(pid) - start[name]) / minutes)
            for name, pid in watched.items()}


def show(figures, containers):
    print(f"\n{containers} idle containers; node_exporter does not see containers")
    print(f"{'':34} {'PSS MiB':>8} {'largest':>8} {'CPU s/min':>10}")
    for name, (pss, peak, cpu) in figures.items():
        print(f"{name:34} {pss / 1024:8.2f} {peak / 1024:8.2f} {cpu:10.3f}")
    ours, theirs = figures.values()
    print(f"{'agent / node_exporter':34} {ours[0] / theirs[0]:8.2f} {ours[1] / theirs[1]:8.2f} {ours[2] / theirs[2]:10.2f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--containers", type=int, default=20)
    args = parser.parse_args()
    reason = docker_engine.why_not()
    if not reason and not shutil.which("prometheus-node-exporter"):
        reason = "prometheus-node-exporter is not installed"
    if reason:
        sys.exit(f"agent_cost: {reason}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wkb."))
    engine = docker_engine.Engine()
    started = []
    try:
        engine.start()
        engine.make_image()
        for number in range(args.containers):
            engine.run(f"idle{number}", "sleep", "100000")
        agent, exporter, port = start_all(args, folder, engine, started)
        figures = measure(args, agent, exporter, port)
        if agent.poll() is not None or "acknowledges" not in (folder / "agent.log").read_text():
            sys.exit(f"the agent did not report: {(folder / 'agent.log').read_text()}")
        show(figures, args.containers)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(20)
        engine.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
