"""Starting, stopping, settings, the command line, and what is left on disk."""
import json
import pathlib
import signal
import socket
import subprocess

import pytest

from programs import DEADLINE_S, binary, wait_for
from wakeful_server import BOOT_ID, report


def run(*arguments, env=None):
    return subprocess.run([binary("wakeful"), *[str(part) for part in arguments]], capture_output=True, text=True,
                          timeout=DEADLINE_S, env={"PATH": "/usr/bin:/bin", **(env or {})})


class TestCommandLine:
    def test_help_shows_every_command_and_an_example(self):
        done = run("--help")
        assert done.returncode == 0
        for word in ("serve", "add", "list", "version", "Examples:", "Exit codes"):
            assert word in done.stdout
        assert "--listen" in run("serve", "--help").stdout

    @pytest.mark.parametrize("arguments", [(), ("sreve",), ("serve", "--colour"), ("add",), ("add", "a", "b")])
    def test_wrong_usage_is_exit_code_2(self, arguments):
        done = run(*arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "--help" in done.stderr

    def test_a_typing_error_gets_a_hint(self):
        assert 'no command "srve"; did you mean "serve"?' in run("srve").stderr
        assert 'no command "elsewhere"' in run("--data", "/nowhere", "elsewhere").stderr

    def test_version(self):
        assert run("version").stdout == run("--version").stdout
        assert run("version").stdout.startswith("wakeful ")

    def test_a_name_is_added_once(self, tmp_path):
        done = run("add", "gpu 3 ✓", "--data", tmp_path / "data", "--json")
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["name"] == "gpu 3 ✓"
        assert answer["key"].startswith("wk_")
        again = run("--data", tmp_path / "data", "add", "gpu 3 ✓")
        assert again.returncode == 1
        assert "gpu 3 ✓" in again.stderr

    def test_the_key_comes_with_a_command_to_start_the_agent(self, tmp_path):
        done = run("--data", tmp_path / "data", "add", "gpu3", env={"WAKEFUL_PUBLIC_URL": "https://wakeful.example"})
        assert "wakeful-agent --server https://wakeful.example --key" in done.stdout

    @pytest.mark.parametrize("name", ["", "x" * 101, "a\nb"])
    def test_a_bad_name_is_refused(self, tmp_path, name):
        done = run("--data", tmp_path / "data", "add", name)
        assert done.returncode == 1
        assert "NAME" in done.stderr

    def test_list(self, tmp_path):
        assert "wakeful add" in run("--data", tmp_path / "data", "list").stdout
        for name in ("two", "one"):
            run("--data", tmp_path / "data", "add", name)
        rows = json.loads(run("--data", tmp_path / "data", "list", "--json").stdout)
        assert [row["name"] for row in rows] == ["one", "two"]
        assert "one" in run("--data", tmp_path / "data", "list").stdout


class TestSettings:
    def test_every_problem_is_listed_at_once_and_the_exit_code_is_1(self, tmp_path):
        config = tmp_path / "w.toml"
        config.write_text('lisen = "127.0.0.1:0"\n[limits]\nidle_timeout = 7\n')
        done = run("serve", "--config", config, "--log-level", "loud", env={"WAKEFUL_SILENCE_MINIMUM": "soon"})
        assert done.returncode == 1
        for word in (f"{config}:1", "lisen", "listen", f"{config}:3", "idle_timeout", "WAKEFUL_SILENCE_MINIMUM", "soon",
                     "log_level", "loud"):
            assert word in done.stderr, done.stderr

    def test_values_that_make_no_sense_are_listed_at_once(self, tmp_path):
        done = run("serve", "--data", tmp_path / "data", "--listen", "nowhere", "--log-level", "loud",
                   env={"WAKEFUL_LEGACY_ALLOWED_NETWORKS": "lan", "WAKEFUL_RETENTION_RAW": "1ms"})
        assert done.returncode == 1
        for word in ("listen", "nowhere", "log_level", "loud", "legacy.allowed_networks", "lan", "retention.raw"):
            assert word in done.stderr, done.stderr
        assert not (tmp_path / "data").exists()

    def test_an_unknown_store_names_the_known_ones(self, tmp_path):
        done = run("serve", "--data", tmp_path / "data", "--store", "oracle://x", "--listen", "127.0.0.1:0")
        assert done.returncode == 1
        assert "sqlite" in done.stderr

    def test_a_taken_port_is_told(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = run("serve", "--data", tmp_path / "data", "--listen", f"127.0.0.1:{port}")
        assert done.returncode == 1
        assert str(port) in done.stderr

    def test_the_docs_are_what_the_program_says(self):
        docs = pathlib.Path(__file__).resolve().parents[3] / "docs" / "configuration.md"
        assert docs.read_text(encoding="utf-8") == run("print-config-docs").stdout


class TestLife:
    def test_a_second_server_on_the_same_data_is_refused(self, server):
        done = run("serve", "--data", server.data, "--listen", "127.0.0.1:0")
        assert done.returncode == 1
        assert str(server.data) in done.stderr
        assert str(server.process.pid) in done.stderr

    def test_the_setup_link_is_offered_until_there_is_an_account(self, make_server):
        server = make_server()
        assert server.read_setup_link().startswith(server.url + "/setup?token=")
        assert server.stop() == 0
        server = make_server()
        server.log_in()
        assert server.stop() == 0
        server = make_server()
        assert server.get("/api/v1/session").json["setup_needed"] is False
        assert server.stop() == 0
        assert b"setup" not in server.process.stdout.read()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_with_exit_code_0(self, server, number):
        server.signal(number)
        assert server.wait() == 0
        assert "stopped" in server.log_text()

    def test_a_second_signal_ends_it_at_once(self, make_server):
        server = make_server(env={"WAKEFUL_LIMITS_STOP_TIMEOUT": "10m"})
        with socket.create_connection(("127.0.0.1", server.port)) as peer:
            peer.sendall(b"POST /monitor_info HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
            wait_for(lambda: server.get("/health").status == 200, "the server to have seen the other connection")
            server.signal(signal.SIGTERM)
            wait_for(lambda: "stopping" in server.log_text(), "the first signal to be seen")
            server.signal(signal.SIGTERM)
            assert server.wait() == 128 + signal.SIGTERM

    def test_states_and_history_survive_a_restart(self, make_server):
        server = make_server()
        server.log_in()
        on, silent = server.add("on"), server.add("silent")
        server.add("empty")
        server.send(on, report(1))
        for n in range(3):
            server.send(silent, report(n, boot_id=BOOT_ID[::-1], metrics={"host_cpu_ratio": n / 10}))
        cookie, before = server.cookie, server.summary("silent")
        assert server.stop() == 0
        server = make_server()
        server.cookie = cookie
        server.send(on, report(2))
        assert server.summary("on")["state"] == "on"
        assert server.summary("empty")["state"] == "empty"
        after = server.summary("silent")
        assert after["cpu_history"] == pytest.approx(before["cpu_history"], abs=1e-3)
        for key in ("state", "state_since_ms", "last_report_ms", "metrics", "origin", "interval_ms"):
            assert after[key] == before[key], key

    def test_a_silent_server_is_off_and_comes_back(self, make_server):
        server = make_server(env={"WAKEFUL_SILENCE_MINIMUM": "1s", "WAKEFUL_SILENCE_MISSED_INTERVALS": "1"})
        server.log_in()
        key = server.add("gpu3")
        server.send(key, report(1, interval_ms=1000))
        assert server.summary("gpu3")["state"] == "on"
        wait_for(lambda: server.summary("gpu3")["state"] == "off", "the server to count as off")
        server.send(key, report(2, interval_ms=1000))
        assert server.summary("gpu3")["state"] == "on"
        events = server.api(f"/servers/{server.summary('gpu3')['id']}/events")["events"]
        assert [(one["from"], one["to"]) for one in events[:3]] == [("off", "on"), ("on", "off"), ("empty", "on")]

    def test_the_data_folder_is_nobody_elses(self, server):
        assert server.data.stat().st_mode & 0o077 == 0


class TestPage:
    def test_every_answer_carries_the_security_headers(self, server):
        for target in ("/", "/health", "/api/v1/session", "/no.such.file", "/api/v1/nothing"):
            headers = server.get(target).headers
            assert "default-src 'self'" in headers["Content-Security-Policy"], target
            assert "unsafe" not in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"

    def test_the_api_is_not_the_page(self, server):
        answer = server.get("/api/v1/nothing")
        assert answer.status in (401, 404)
        assert answer.detail
        assert server.get("/api").status in (401, 404)

    def test_an_etag_saves_the_second_load(self, server):
        first = server.get("/")
        if "ETag" not in first.headers:
            pytest.skip("this build has no dashboard in it")
        again = server.get("/", **{"If-None-Match": first.headers["ETag"]})
        assert (again.status, again.body) == (304, b"")
        packed = server.get("/", **{"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert len(packed.body) < len(first.body)
        assert server.get("/servers/7").body == first.body
