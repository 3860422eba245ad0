"""What the agents of the three old systems see: docs/protocol.md §2 to §4, to the byte."""
import datetime
import json
import pathlib
import re
import time
import urllib.parse

import pytest

from programs import wait_for

COMPAT = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "compat"
SUCCESS = (COMPAT / "monitor_info.response.json").read_bytes().strip()


def monitor_info(**changes):
    body = json.loads((COMPAT / "monitor_info.request.json").read_text())
    body.update(changes)
    return body


def post_info(server, body):
    body = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return server.request("POST", "/monitor_info", body, {"Content-Type": "application/json"})


def assert_refused(answer, *words):
    assert answer.status == 200
    body = answer.json
    assert (body["resultCode"], body["success"], body["data"]) == ("99", False, None), body
    for word in words:
        assert word in body["resultMessage"], body
    return body["resultMessage"]


class TestHealth:
    def test_answers_as_the_old_server_did(self, untouched):
        answer = untouched.get("/health")
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("application/json")
        pattern = re.escape((COMPAT / "health.response.json").read_text().strip())
        pattern = re.sub(r"\d", r"\\d", pattern)
        assert re.fullmatch(pattern, answer.text), answer.text
        told = datetime.datetime.fromisoformat(answer.json["timestamp"]).replace(tzinfo=datetime.timezone.utc)
        assert abs(told.timestamp() - time.time()) < 30

    def test_takes_only_reads(self, untouched):
        assert untouched.request("HEAD", "/health").status == 200
        answer = untouched.request("POST", "/health", "{}")
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, HEAD"


class TestMonitorInfo:
    def test_the_real_request_gets_the_real_answer(self, server):
        server.log_in()
        answer = post_info(server, (COMPAT / "monitor_info.request.json").read_bytes())
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.body == SUCCESS
        shown = server.summary("agent_ss")
        assert shown["state"] == "on"
        assert shown["origin"] == "monitor_info"
        assert shown["metrics"]["host_memory_total_bytes"] == 1956 * 1024 * 1024
        assert (shown["containers_running"], shown["containers_total"]) == (3, 4)

    def test_every_report_of_one_agent_is_a_sample(self, server):
        server.log_in()
        for percent in (10, 20, 30):
            assert post_info(server, monitor_info(ser_cpu_percent=percent)).body == SUCCESS
        assert server.samples("agent_ss")["columns"]["host_cpu_ratio"] == pytest.approx([0.1, 0.2, 0.3], abs=1e-4)

    def test_two_agents_are_two_servers(self, server):
        server.log_in()
        post_info(server, monitor_info(agent_id="one"))
        post_info(server, monitor_info(agent_id="two"))
        assert {one["name"] for one in server.api("/servers")["servers"]} == {"one", "two"}

    @pytest.mark.parametrize("containers", [None, []])
    def test_containers_may_be_null_empty_or_absent(self, server, containers):
        assert post_info(server, monitor_info(container_stats=containers)).body == SUCCESS
        body = monitor_info()
        del body["container_stats"]
        assert post_info(server, body).body == SUCCESS

    @pytest.mark.parametrize("field", ["engine_type", "agent_id", "ser_cpu_count", "ser_cpu_percent",
                                       "ser_memory_total", "ser_memory_used", "ser_memory_percent",
                                       "ser_get_datetime"])
    def test_a_missing_or_mistyped_field_is_named_and_nothing_is_stored(self, untouched, field):
        before = untouched.api("/refusals")["total"]
        body = monitor_info()
        del body[field]
        assert_refused(post_info(untouched, body), field)
        assert_refused(post_info(untouched, monitor_info(**{field: {"a": 1}})), field)
        assert len(untouched.api("/servers")["servers"]) == 1
        assert untouched.api("/refusals")["total"] == before + 2

    @pytest.mark.parametrize("body,words", [
        (b"", ()), (b"{", ()), (b"[]", ()), (b"\xff\xfe{}", ()), (b"[" * 5000, ()),
        (json.dumps(monitor_info(ser_cpu_percent=float("nan"))).encode(), ("ser_cpu_percent",)),
        (json.dumps(monitor_info(ser_cpu_percent=-1)).encode(), ("ser_cpu_percent", "-1")),
        (json.dumps(monitor_info(ser_cpu_percent=1e300)).encode(), ("ser_cpu_percent",)),
        (json.dumps(monitor_info(ser_cpu_count=1.5)).encode(), ("ser_cpu_count", "1.5")),
        (json.dumps(monitor_info(agent_id="")).encode(), ("agent_id",)),
        (json.dumps(monitor_info(agent_id="x" * 101)).encode(), ("agent_id",)),
        (json.dumps(monitor_info(container_stats=[{"container_name": "a"}])).encode(), ("container_stats",)),
    ])
    def test_a_bad_body_gets_a_reason(self, untouched, body, words):
        assert assert_refused(post_info(untouched, body), *words)
        assert len(untouched.api("/servers")["servers"]) == 1

    def test_only_allowed_addresses_may_report_without_a_key(self, make_server):
        server = make_server(env={"WAKEFUL_LEGACY_ALLOWED_NETWORKS": "10.0.0.0/8"})
        server.log_in()
        assert_refused(post_info(server, monitor_info()), "127.0.0.1", "legacy.allowed_networks")
        assert server.api("/servers")["servers"] == []
        assert server.api("/refusals")["recent"][0]["status"] == 403

    def test_nobody_reports_without_the_key_for_a_server_that_has_one(self, server):
        server.log_in()
        server.add("agent_ss")
        assert_refused(post_info(server, monitor_info()), "agent_ss", "key")
        assert server.summary("agent_ss")["state"] == "empty"

    def test_what_an_agent_means_by_container_cpu_is_learnt_and_kept(self, make_server):
        def running(cpu):
            stats = monitor_info()["container_stats"][0]
            return monitor_info(ser_cpu_percent=60.0, container_stats=[{**stats, "con_cpu_percent": cpu}])

        def shown(server):
            containers = server.api(f"/servers/{server.summary('agent_ss')['id']}")["containers"]
            return containers[0]["metrics"]["container_cpu_ratio"]
        server = make_server()
        server.log_in()
        post_info(server, running(0.5))
        assert shown(server) == pytest.approx(0.5, abs=1e-3)  # half of the host
        post_info(server, running(50.0))  # so it cannot have been a fraction
        assert shown(server) == pytest.approx(0.5, abs=1e-3)
        post_info(server, running(0.5))
        assert shown(server) == pytest.approx(0.005, abs=1e-3)
        cookie = server.cookie
        assert server.stop() == 0
        server = make_server()
        server.cookie = cookie
        post_info(server, running(0.5))
        assert shown(server) == pytest.approx(0.005, abs=1e-3)

    def test_a_clock_that_cannot_be_right_is_shown(self, server):
        server.log_in()
        post_info(server, monitor_info(ser_get_datetime="2001-01-01 00:00:00"))
        assert [one["kind"] for one in server.summary("agent_ss")["warnings"]] == ["clock"]
        local = time.strftime("%Y-%m-%d %I:%M:%S")  # a 12-hour clock without AM or PM is right enough
        post_info(server, monitor_info(ser_get_datetime=local))
        assert server.summary("agent_ss")["warnings"] == []

    def test_other_methods_are_not_allowed(self, untouched):
        assert untouched.get("/monitor_info").status == 405


class TestCollector:
    def ask(self, server, **parameters):
        return server.get("/?" + urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote))

    def test_a_report_is_stored(self, server):
        server.log_in()
        key = server.add("gpu3")
        answer = self.ask(server, id=key, time="2022-09-29 23:18:40", cpu_usage=12.5, power_usage=35.2, user_num=2)
        assert (answer.status, answer.text) == (200, "Success!")
        assert answer.headers["Content-Type"].startswith("text/plain")
        shown = server.summary("gpu3")
        assert shown["state"] == "on"
        assert shown["metrics"] == pytest.approx(
            {"host_cpu_ratio": 0.125, "host_power_watts": 35.2, "host_users": 2}, abs=1e-3)

    def test_power_may_be_absent_or_empty(self, server):
        server.log_in()
        key = server.add("gpu3")
        assert self.ask(server, id=key, time="2022-09-29 23:18:40", cpu_usage=1, user_num=0).text == "Success!"
        assert self.ask(server, id=key, time="2022-09-29 23:18:48", cpu_usage=1, power_usage="",
                        user_num=0).text == "Success!"
        assert len(server.samples("gpu3")["time_ms"]) == 2

    def test_a_greeting_turns_the_server_on_and_stores_no_sample(self, server):
        server.log_in()
        key = server.add("gpu3")
        assert self.ask(server, id=key, time="2022-09-29 23:18:40").text == "Success!"
        assert server.summary("gpu3")["state"] == "on"
        assert server.samples("gpu3")["time_ms"] == []

    def test_a_second_report_of_the_same_second_is_ignored(self, server):
        server.log_in()
        key = server.add("gpu3")
        for cpu in (10, 90):
            assert self.ask(server, id=key, time="2022-09-29 23:18:40", cpu_usage=cpu, user_num=1).text == "Success!"
        assert server.samples("gpu3")["columns"]["host_cpu_ratio"] == pytest.approx([0.1], abs=1e-3)

    def test_an_unknown_key_is_told_so(self, server):
        server.log_in()
        answer = self.ask(server, id="nobody", time="2022-09-29 23:18:40", cpu_usage=1, user_num=1)
        assert (answer.status, answer.text) == (403, "Unknown key")
        assert server.api("/refusals")["recent"][0]["status"] == 403

    @pytest.mark.parametrize("field,value", [
        ("cpu_usage", "many"), ("cpu_usage", "-1"), ("cpu_usage", "100.5"), ("cpu_usage", "nan"),
        ("cpu_usage", "1e999"), ("cpu_usage", ""), ("power_usage", "-3"), ("power_usage", "inf"), ("user_num", "1.5"),
        ("user_num", "-1"), ("user_num", "99999999999999999999")])
    def test_a_bad_number_is_named(self, untouched, field, value):
        parameters = {"id": untouched.key, "time": "2022-09-29 23:18:40", "cpu_usage": 1, "power_usage": 2, "user_num": 1}
        answer = self.ask(untouched, **{**parameters, field: value})
        assert answer.status == 400
        assert untouched.summary("gpu3")["state"] == "empty"
        assert field in answer.text

    def test_a_broken_escape_is_refused(self, untouched):
        assert untouched.get("/?id=%zz&time=x").status == 400

    def test_without_an_id_the_same_path_is_the_page(self, untouched):
        answer = untouched.get("/")
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/")

    def test_a_deleted_server_keeps_no_key(self, server):
        server.log_in()
        key = server.add("gpu3")
        assert self.ask(server, id=key, time="2022-09-29 23:18:40").status == 200
        server.api(f"/servers/{server.summary('gpu3')['id']}", "DELETE")
        answer = wait_for(lambda: (a := self.ask(server, id=key, time="2022-09-29 23:18:41")).status == 403 and a,
                          "the key to be unknown")
        assert answer.status == 403
