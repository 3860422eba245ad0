"""POST /api/v1/reports, with everything that may come in: docs/protocol.md §1."""
import gzip
import json
import socket
import subprocess
import time

import pytest

from programs import wait_for
from wakeful_server import now_ms, read_all, report

HOUR_MS = 3_600_000


@pytest.fixture
def keyed(server):
    """A server with one registered host, and its key."""
    server.log_in()
    server.key = server.add("gpu3")
    return server


def acknowledged(answer):
    assert answer.status == 200, answer.text
    return answer.json["acknowledged"], answer.json["repeated"]


class TestReports:
    def test_a_report_is_acknowledged_stored_and_shown(self, keyed):
        answer = keyed.send(keyed.key, report(containers=[
            {"name": "web", "state": "running", "metrics": {"container_cpu_ratio": 0.01}},
            {"name": "job", "state": "exited", "exit_code": 137}]))
        assert acknowledged(answer) == (1, 0)
        assert abs(answer.json["server_time_ms"] - now_ms()) < 30_000
        shown = keyed.summary("gpu3")
        assert (shown["state"], shown["containers_running"], shown["containers_total"]) == ("on", 1, 2)
        assert keyed.samples("gpu3")["columns"]["host_cpu_ratio"] == [0.25]

    def test_an_array_is_acknowledged_as_a_whole(self, keyed):
        start = now_ms() - 72_000
        reports = [report(n, start + n * 8000) for n in range(10)]
        assert acknowledged(keyed.send(keyed.key, reports)) == (10, 0)
        assert keyed.samples("gpu3")["time_ms"] == pytest.approx([one["time_ms"] for one in reports], abs=1)

    def test_a_repeat_is_acknowledged_and_not_stored_again(self, keyed):
        first = report(1)
        assert acknowledged(keyed.send(keyed.key, first)) == (1, 0)
        assert acknowledged(keyed.send(keyed.key, first)) == (1, 1)
        assert acknowledged(keyed.send(keyed.key, [first, report(2)])) == (2, 1)
        assert acknowledged(keyed.send(keyed.key, [report(3), report(3)])) == (2, 1)
        assert len(keyed.samples("gpu3")["time_ms"]) == 3

    def test_a_new_run_begins_its_sequence_anew(self, keyed):
        assert acknowledged(keyed.send(keyed.key, report(1, run="aaaa"))) == (1, 0)
        assert acknowledged(keyed.send(keyed.key, report(1, run="bbbb"))) == (1, 0)

    def test_a_repeat_is_known_after_a_restart(self, make_server):
        server = make_server()
        key = server.add("gpu3")
        assert acknowledged(server.send(key, report(1))) == (1, 0)
        assert server.stop() == 0
        assert acknowledged(make_server().send(key, report(1))) == (1, 1)

    def test_compressed_bodies(self, keyed):
        body = gzip.compress(json.dumps(report(1)).encode())
        assert acknowledged(keyed.send(keyed.key, body, {"Content-Encoding": "gzip"})) == (1, 0)
        body = subprocess.run(["zstd", "-q", "-c"], input=json.dumps(report(2)).encode(), capture_output=True,
                              check=True).stdout
        assert acknowledged(keyed.send(keyed.key, body, {"Content-Encoding": "zstd"})) == (1, 0)

    def test_what_a_newer_agent_may_say_is_ignored(self, keyed):
        made = report(1, colour="red", metrics={"host_cpu_ratio": 0.5, "host_smell_ratio": 0.1})
        assert acknowledged(keyed.send(keyed.key, made)) == (1, 0)
        assert keyed.summary("gpu3")["metrics"] == {"host_cpu_ratio": 0.5}

    def test_a_big_spool_is_taken(self, keyed):
        start = now_ms() - 8_000_000
        reports = [report(n, start + n * 8000, status="x" * 500) for n in range(1000)]
        assert acknowledged(keyed.send(keyed.key, reports)) == (1000, 0)


class TestKeys:
    def test_no_key_and_unknown_keys_are_refused_and_counted(self, server):
        server.log_in()
        answers = [server.request("POST", "/api/v1/reports", json.dumps(report())),
                   server.send("wk_" + "a" * 32, report()), server.send("", report()), server.send("x" * 5000, report())]
        for answer in answers:
            assert answer.status == 401, answer.text
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            assert answer.detail
        refused = server.api("/refusals")
        assert refused["total"] == 4
        assert {one["address"] for one in refused["recent"]} == {"127.0.0.1"}

    def test_a_key_works_at_once_when_it_was_added_while_the_server_runs(self, server):
        server.log_in()
        cookie, server.cookie = server.cookie, None  # add() must not wait for the page
        keys = []
        for name in ("one", "two", "three"):
            keys.append(server.add(name))
            assert acknowledged(server.send(keys[-1], report())) == (1, 0)
        server.cookie = cookie
        for name in ("one", "two", "three"):
            assert server.summary(name)["state"] == "on"

    def test_a_server_that_was_added_shows_as_empty(self, server):
        server.log_in()
        server.add("quiet")
        assert server.summary("quiet")["state"] == "empty"

    def test_the_key_ends_with_the_server_and_nothing_of_it_stays(self, keyed):
        assert acknowledged(keyed.send(keyed.key, report(1))) == (1, 0)
        keyed.api(f"/servers/{keyed.summary('gpu3')['id']}", "DELETE")
        assert keyed.send(keyed.key, report(2)).status == 401
        assert keyed.api("/servers")["servers"] == []
        key = keyed.add("gpu3")
        assert acknowledged(keyed.send(key, report(1))) == (1, 0)
        assert len(keyed.samples("gpu3")["time_ms"]) == 1


NAN, INFINITY = float("nan"), float("inf")
BAD_FIELDS = [
    ("sequence", None), ("sequence", -1), ("sequence", 1.5), ("sequence", "1"), ("sequence", 2**63), ("sequence", 2**70),
    ("time_ms", "now"), ("time_ms", -1), ("time_ms", NAN), ("time_ms", 1e300), ("boot_id", 7), ("boot_id", ""),
    ("boot_id", "x" * 100_000), ("agent", "me"), ("agent", {"version": "1"}), ("metrics", []), ("interval_ms", -5),
    ("metrics", {"host_cpu_ratio": 1.5}), ("metrics", {"host_cpu_ratio": -0.1}), ("metrics", {"host_cpu_ratio": NAN}),
    ("metrics", {"host_cpu_ratio": INFINITY}), ("metrics", {"host_cpu_ratio": "0.1"}),
    ("metrics", {"host_memory_used_bytes": 1e300}), ("containers", {}), ("containers", [{}]),
    ("containers", [{"name": "a", "metrics": {"container_cpu_ratio": -1}}]), ("containers", [{"name": "x" * 300}]),
    ("users", "kim"), ("core_cpu_ratio", [2]), ("problems", [1]), ("host", []),
]


class TestBadInput:
    def refused(self, untouched, body, status=400, headers=None):
        before = untouched.api("/refusals")["total"]
        answer = untouched.send(untouched.key, body, headers)
        assert answer.status == status, answer.text
        assert answer.detail
        assert untouched.api("/refusals")["total"] == before + 1
        assert untouched.summary("gpu3")["state"] == "empty"
        assert untouched.samples("gpu3")["time_ms"] == []
        return answer.detail

    @pytest.mark.parametrize("field,value", BAD_FIELDS, ids=lambda part: str(part)[:30])
    def test_a_bad_field_is_named(self, untouched, field, value):
        assert field in self.refused(untouched, report(**{field: value}))

    @pytest.mark.parametrize("field", ["boot_id", "sequence", "time_ms", "agent"])
    def test_a_missing_field_is_named(self, untouched, field):
        made = report()
        del made[field]
        assert field in self.refused(untouched, made)

    def test_one_bad_report_of_an_array_refuses_all(self, untouched):
        detail = self.refused(untouched, [report(1), report(2, metrics={"host_cpu_ratio": 7}), report(3)])
        assert "host_cpu_ratio" in detail
        assert "7" in detail

    @pytest.mark.parametrize("body", [
        b"", b"[]", b"{", b"null", b"7", b'"text"', b"[[]]", b"\xff\xfe", b'{"boot_id": "\xff\xff"}', b"[" * 100_000,
        b'{"a":' * 50_000, b"\x00" * 100, json.dumps(report()).encode()[:-20], json.dumps(report()).encode() + b"}"],
        ids=range(14))
    def test_what_is_no_report_is_refused(self, untouched, body):
        self.refused(untouched, body)

    def test_too_many_reports_or_containers(self, untouched):
        assert "1000" in self.refused(untouched, [report(n) for n in range(1001)])
        many = [{"name": f"c{n}", "state": "running"} for n in range(10_001)]
        assert "containers" in self.refused(untouched, report(containers=many))

    def test_a_broken_or_unknown_compression(self, untouched):
        good = gzip.compress(json.dumps(report()).encode())
        for body, encoding, status in ((good[:-8], "gzip", 400), (b"not gzip", "gzip", 400), (good, "zstd", 400),
                                       (good, "br", 415)):
            answer = untouched.send(untouched.key, body, {"Content-Encoding": encoding})
            assert answer.status == status, (encoding, answer.text)
            assert answer.detail
        assert untouched.summary("gpu3")["state"] == "empty"

    def test_a_bomb_is_not_unpacked(self, untouched):
        bomb = gzip.compress(b"[" + b" " * (40 << 20) + b"]")
        assert len(bomb) < 1 << 20
        assert untouched.send(untouched.key, bomb, {"Content-Encoding": "gzip"}).status == 413

    def test_a_hundred_megabytes_are_not_read(self, untouched):
        before = untouched.api("/refusals")["total"]
        head = (f"POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {untouched.key}\r\n"
                f"Content-Length: {100 << 20}\r\n\r\n").encode()
        with socket.create_connection(("127.0.0.1", untouched.port), 30) as peer:
            peer.sendall(head)
            first = peer.recv(4096)
        assert first.startswith(b"HTTP/1.1 413 "), first
        refused = untouched.api("/refusals")
        assert refused["total"] == before + 1
        assert (refused["recent"][0]["status"], refused["recent"][0]["path"]) == (413, "/api/v1/reports")
        assert untouched.get("/health").status == 200

    def test_a_truncated_body_stores_nothing(self, untouched):
        body = json.dumps(report()).encode()
        head = (f"POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {untouched.key}\r\n"
                f"Content-Length: {len(body) + 10}\r\n\r\n").encode()
        with socket.create_connection(("127.0.0.1", untouched.port), 30) as peer:
            peer.sendall(head + body)
            peer.shutdown(socket.SHUT_WR)
            assert read_all(peer).startswith(b"HTTP/1.1 400 ")
        assert untouched.summary("gpu3")["state"] == "empty"

    def test_slow_senders_are_ended_with_an_answer(self, make_server):
        server = make_server(env={"WAKEFUL_LIMITS_HEADER_TIMEOUT": "300ms", "WAKEFUL_LIMITS_BODY_TIMEOUT": "300ms"})
        for sent in (b"POST /api/v1/reports HTTP/1.1\r\nHost:", b"POST /api/v1/reports HTTP/1.1\r\nHost: x\r\n"
                     b"Content-Length: 100\r\n\r\n{"):
            started = time.monotonic()
            assert server.raw(sent).startswith(b"HTTP/1.1 408 ")
            assert time.monotonic() - started < 20
        server.log_in()
        assert [one["status"] for one in server.api("/refusals")["recent"]] == [408, 408]

    def test_other_methods_are_not_allowed(self, server):
        for method in ("GET", "PUT", "DELETE"):
            answer = server.request(method, "/api/v1/reports")
            assert answer.status == 405
            assert answer.headers["Allow"] == "POST"


class TestClocks:
    @pytest.mark.parametrize("hours", [-9, 9, -24 * 365 * 20])
    def test_a_clock_hours_away_is_corrected_and_shown(self, keyed, hours):
        wrong = now_ms() + hours * HOUR_MS
        assert acknowledged(keyed.send(keyed.key, [report(1, wrong - 8000), report(2, wrong)])) == (2, 0)
        times = keyed.samples("gpu3")["time_ms"]
        assert times == pytest.approx([now_ms() - 8000, now_ms()], abs=30_000)
        assert times[1] - times[0] == pytest.approx(8000, abs=100)
        warnings = keyed.summary("gpu3")["warnings"]
        assert [one["kind"] for one in warnings] == ["clock"]
        assert ("behind" if hours < 0 else "ahead") in warnings[0]["message"]
        acknowledged(keyed.send(keyed.key, report(3)))
        assert keyed.summary("gpu3")["warnings"] == []

    def test_a_small_difference_is_left_alone(self, keyed):
        time_ms = now_ms() - 1000
        acknowledged(keyed.send(keyed.key, report(1, time_ms)))
        assert keyed.samples("gpu3")["time_ms"] == [time_ms]

    def test_old_reports_keep_their_time_when_the_agent_says_when_it_sent_them(self, keyed):
        old = now_ms() - 3 * HOUR_MS
        answer = keyed.send(keyed.key, report(1, old), {"Wakeful-Sent-Ms": str(now_ms())})
        assert acknowledged(answer) == (1, 0)
        assert keyed.samples("gpu3")["time_ms"] == [old]
        assert keyed.summary("gpu3")["warnings"] == []


class TestTimes:
    """A sample's time, corrected, is from the raw retention up to 1 h ahead of the server's clock."""

    def sent_now(self):
        return {"Wakeful-Sent-Ms": str(now_ms())}

    @pytest.mark.parametrize("offset_ms,words", [
        (2 * HOUR_MS, "at most 1 h ahead"), (24 * 3650 * HOUR_MS, "at most 1 h ahead"),
        (-31 * 24 * HOUR_MS, "the last 30 days"), (-24 * 365 * 40 * HOUR_MS, "the last 30 days")])
    def test_one_report_of_another_time_is_refused(self, keyed, offset_ms, words):
        answer = keyed.send(keyed.key, report(1, now_ms() + offset_ms), self.sent_now())
        assert answer.status == 400
        assert answer.detail.startswith("time_ms: expected ")
        assert words in answer.detail
        assert keyed.samples("gpu3")["time_ms"] == []
        refusals = keyed.api("/refusals")
        assert refusals["total"] == 1
        assert words in refusals["recent"][0]["detail"]
        shown = keyed.summary("gpu3")
        assert [one["kind"] for one in shown["warnings"]] == ["time"]
        assert shown["state"] == "on"
        assert acknowledged(keyed.send(keyed.key, report(2), self.sent_now())) == (1, 0)
        assert keyed.summary("gpu3")["warnings"] == []

    def test_among_good_ones_it_is_settled_too(self, keyed):
        now = now_ms()
        reports = [report(1, now - 40 * 24 * HOUR_MS), report(2, now - 8000), report(3, now),
                   report(4, now + 3 * HOUR_MS)]
        answer = keyed.send(keyed.key, reports, self.sent_now())
        assert acknowledged(answer) == (4, 0)
        assert answer.json["refused"] == 2
        assert answer.json["refused_detail"].startswith("report 0: time_ms: expected ")
        assert keyed.samples("gpu3")["time_ms"] == [now - 8000, now]
        assert "and 1 more" in keyed.api("/refusals")["recent"][0]["detail"]
        assert keyed.summary("gpu3")["warnings"][0]["message"].startswith("2 reports were refused and are lost: ")

    def test_the_setting_says_how_old_a_report_may_be(self, make_server):
        server = make_server(env={"WAKEFUL_RETENTION_RAW": "2h"})
        server.log_in()
        key = server.add("gpu3")
        assert server.send(key, report(1, now_ms() - 3 * HOUR_MS), self.sent_now()).status == 400
        assert acknowledged(server.send(key, report(2, now_ms() - HOUR_MS), self.sent_now())) == (1, 0)

    def test_a_little_ahead_counts_as_now(self, keyed):
        assert acknowledged(keyed.send(keyed.key, report(1, now_ms() + HOUR_MS // 2), self.sent_now())) == (1, 0)
        assert keyed.samples("gpu3")["time_ms"] == pytest.approx([now_ms()], abs=30_000)


class TestTwoHostsWithOneKey:
    def test_the_second_is_refused_and_both_are_named(self, keyed):
        def first(n):
            return report(n, boot_id="11111111-5c1e-4b5e-9d57-6a6a1c3f7a10", hostname="gpu3", run="aaaa")

        def second(n):
            return report(n, boot_id="22222222-5c1e-4b5e-9d57-6a6a1c3f7a10", hostname="gpu4", run="bbbb")
        sent = 0
        for made, wanted in ((first, 200), (second, 200), (first, 200), (second, 409), (first, 200), (second, 409)):
            sent += 1
            newer = now_ms() + sent * 10  # each newer than the one before, also within a millisecond
            answer = keyed.send(keyed.key, {**made(sent), "time_ms": newer})
            assert answer.status == wanted, (sent, answer.text)
        assert '"gpu3" and "gpu4"' in answer.detail
        shown = keyed.summary("gpu3")
        assert [one["kind"] for one in shown["warnings"]] == ["key_conflict"]
        assert '"gpu3" and "gpu4"' in shown["warnings"][0]["message"]
        assert len(keyed.samples("gpu3")["time_ms"]) == 4
        kinds = [one["kind"] for one in keyed.api(f"/servers/{shown['id']}/events")["events"]]
        assert kinds.count("key_conflict") == 1

    def test_a_reboot_is_no_second_host(self, keyed):
        for n, boot in enumerate(("1", "2", "2", "3", "3")):
            boot_id = boot * 8 + "-5c1e-4b5e-9d57-6a6a1c3f7a10"
            assert acknowledged(keyed.send(keyed.key, report(n, boot_id=boot_id))) == (1, 0)
        assert keyed.summary("gpu3")["warnings"] == []
