"""The real `wakeful serve`, spoken to over sockets."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from wakeful_server import WakefulServer  # noqa: E402


@pytest.fixture
def make_server(tmp_path):
    """make_server(*arguments, data=…, env=…): one more server; all are ended with the test."""
    made = []

    def make(*arguments, data=None, env=None):
        server = WakefulServer(tmp_path, data or tmp_path / "data", arguments, env)
        made.append(server)
        return server.start()
    yield make
    for server in made:
        server.end()


@pytest.fixture
def server(make_server):
    return make_server()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """One server for all tests of a module that leave nothing behind: it is logged in, and gpu3 has a key."""
    folder = tmp_path_factory.mktemp("untouched")
    server = WakefulServer(folder, folder / "data", (), None).start()
    server.log_in()
    server.key = server.add("gpu3")
    yield server
    server.end()


@pytest.fixture
def small_disk(tmp_path, request):
    """A file system of 6 MiB, or as many as the test says, for root only."""
    no_disk = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    if os.geteuid() != 0:
        no_disk("only root can mount a small file system")
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={getattr(request, 'param', 6)}m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode != 0:
        no_disk(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
