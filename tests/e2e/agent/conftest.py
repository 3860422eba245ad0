"""The real wakeful-agent against the real wakeful serve."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from programs import DEADLINE_S, Server, binary  # noqa: E402


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path)
    yield made
    made.stop()
    made.log.close()


@pytest.fixture
def machine(tmp_path):
    """A small made-up machine for --proc-root, --sys-root and --root."""
    root = tmp_path / "machine"
    files = {
        "proc/sys/kernel/random/boot_id": "8c2f5f0e-5c1e-4b5e-9d57-6a6a1c3f7a10\n",
        "proc/sys/kernel/hostname": "testmachine\n",
        "proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
        "proc/sys/kernel/arch": "x86_64\n",
        "proc/stat": "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\n",
        "proc/meminfo": "MemTotal: 2048000 kB\nMemFree: 100000 kB\nMemAvailable: 1024000 kB\n"
                        "SwapTotal: 0 kB\nSwapFree: 0 kB\n",
        "proc/loadavg": "0.50 0.25 0.10 1/100 4711\n",
        "proc/uptime": "1000.00 900.00\n",
        "sys/devices/system/cpu/online": "0\n",
        "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


@pytest.fixture
def agent(machine):
    """Runs the agent to its end on the made-up machine, without Docker."""
    def run(*arguments, env=None, timeout=DEADLINE_S):
        command = [binary("wakeful-agent"), "--proc-root", machine / "proc", "--sys-root", machine / "sys",
                   "--root", machine, "--docker", "off", *arguments]
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("WAKEFUL_AGENT", "HICLOUD"))}
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=timeout,
                              env={**clean, **(env or {})})
    return run


@pytest.fixture
def key_file(tmp_path):
    def write(key):
        path = tmp_path / "key"
        path.write_text(key + "\n")
        path.chmod(0o600)
        return path
    return write
