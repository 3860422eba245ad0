"""The real `wakeful serve`, spoken to over sockets."""
import pathlib
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
