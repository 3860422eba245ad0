#!/usr/bin/env python3
"""Starts the server and this machine's agent for ./dev run, and ends both on Ctrl-C.

Everything lives in one folder: data/ (the embedded store), agent.key, server.log, agent.log. A second run continues there.
"""
import argparse
import json
import os
import pathlib
import platform
import signal
import subprocess
import sys
import threading

STOP_SECONDS = 15


def start(name, argv, log, **kwargs):
    """A child in a process group of its own: the terminal's Ctrl-C reaches only us, and we end the child once."""
    return subprocess.Popen(argv, stderr=log, start_new_session=True, **kwargs)


def register(wakeful, data, key_file):
    """This machine's key: the one of the last run, or a new server in the registry."""
    if key_file.exists():
        return
    base = platform.node() or "this-machine"
    for name in [base] + [f"{base}-{n}" for n in range(2, 100)]:
        added = subprocess.run([wakeful, "--data", data, "add", name, "--json"], capture_output=True, text=True)
        if added.returncode == 0:
            key_file.touch(mode=0o600)
            key_file.write_text(json.loads(added.stdout)["key"] + "\n")
            return
        if "taken" not in added.stderr and "exists" not in added.stderr:
            sys.exit(f"cannot register this machine: {added.stderr.strip()}")
    sys.exit("cannot register this machine: too many servers have its name")


def end(children):
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    for child in children:
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--listen", required=True)
    args = parser.parse_args()
    folder = args.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    wakeful, agent = args.bin / "wakeful", args.bin / "wakeful-agent"
    key_file = folder / "agent.key"
    logs = {name: open(folder / f"{name}.log", "ab") for name in ("server", "agent")}
    children = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        server = start("server", [wakeful, "serve", "--data", folder / "data", "--listen", args.listen],
                       logs["server"], stdout=subprocess.PIPE, text=True)
        children.append(server)
        address, notes = None, []
        for line in server.stdout:
            if line.startswith("listening on "):
                address = line.split()[-1]
                break
            notes.append(line)
        if address is None:
            server.wait()
            tail = (folder / "server.log").read_text(errors="replace").splitlines()[-5:]
            sys.exit("the server did not start:\n" + "\n".join(tail))
        # What else the server says goes on to the terminal (the setup link among it).
        def forward():
            for line in server.stdout:
                print(line, end="", flush=True)
        threading.Thread(target=forward, daemon=True).start()
        register(wakeful, folder / "data", key_file)
        children.append(start("agent", [agent, "--server", address, "--key-file", key_file], logs["agent"],
                              stdout=subprocess.DEVNULL))
        print("".join(notes), end="")
        print(f"\nWakeful is at {address}\ndata and logs: {folder}   end: Ctrl-C\n", flush=True)
        ended, _ = os.wait()
        name = "server" if ended == server.pid else "agent"
        tail = (folder / f"{name}.log").read_text(errors="replace").splitlines()[-5:]
        sys.exit(f"the {name} ended:\n" + "\n".join(tail))
    finally:
        end(children)
        print("server and agent have ended")


if __name__ == "__main__":
    main()
