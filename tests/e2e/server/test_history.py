"""The history over the page's API, from what agents reported: docs/protocol.md §5."""
import csv
import io

import pytest

from wakeful_server import now_ms, report

STEP_MS = 60_000


@pytest.fixture(params=["journal", "packs"])
def filled(request, make_server):
    """Two hosts with 10 minutes of reports every 10 s that ended a minute ago, on whole steps; the second is half as busy.
    As they came, and from what is packed of them."""
    server = make_server()
    server.log_in()
    server.start_ms = (now_ms() - 11 * STEP_MS) // STEP_MS * STEP_MS
    for name, busy in (("gpu3", 1.0), ("nas", 0.5)):
        key = server.add(name)
        reports = [report(n, server.start_ms + n * 10_000, hostname=name, interval_ms=10_000,
                          metrics={"host_cpu_ratio": round(busy * (0.2 + n / 100), 4)},
                          containers=[{"name": "team/web", "state": "running",
                                       "metrics": {"container_memory_used_bytes": busy * (1 << 30)}}])
                   for n in range(60)]
        answer = server.send(key, reports, {"Wakeful-Sent-Ms": str(now_ms())})
        assert answer.status == 200, answer.text
    server.ids = {name: server.summary(name)["id"] for name in ("gpu3", "nas")}
    if request.param == "packs":
        assert server.stop() == 0
        assert server.run("--data", server.data, "compact").returncode == 0
        assert list((server.data / "samples").glob("*.db"))
        server.process.stdout.close()
        server.log.close()
        server.start()
    server.range = f"from_ms={server.start_ms}&before_ms={server.start_ms + 11 * STEP_MS}&step_ms={STEP_MS}"
    return server


def rows_of(answer):
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.text)))


def test_lines_of_several_servers_and_entities(filled):
    gpu3, nas = filled.ids["gpu3"], filled.ids["nas"]
    got = filled.api(f"/series?series={gpu3}/host/host_cpu_ratio&series={nas}/host/host_cpu_ratio"
                     f"&series={nas}/container:team/web/container_memory_used_bytes&{filled.range}")
    assert (got["from_ms"], got["step_ms"], got["tier"]) == (filled.start_ms, STEP_MS, "raw")
    assert len(got["time_ms"]) == 11
    busy, half, memory = got["series"]
    assert busy["count"] == [6] * 10 + [0]
    assert busy["min"][:2] == [0.2, 0.26]
    assert busy["max"][:2] == [0.25, 0.31]
    assert busy["avg"][0] == pytest.approx(0.225)
    assert busy["avg"][10] is None
    assert half["max"][9] == pytest.approx(0.395)
    assert memory["entity"] == "container:team/web"
    assert memory["avg"][0] == 1 << 29


def test_the_same_as_a_file(filled):
    target = f"/api/v1/series?series={filled.ids['gpu3']}/host/host_cpu_ratio&{filled.range}&format=csv"
    rows = rows_of(filled.get(target, Cookie=filled.cookie))
    assert rows[0] == ["time"] + [f"gpu3/host/host_cpu_ratio.{part}" for part in ("min", "avg", "max")]
    assert len(rows) == 12
    assert rows[1][1] == "0.2"
    assert rows[11][1:] == ["", "", ""]


def test_samples_as_a_file(filled):
    target = f"/api/v1/servers/{filled.ids['gpu3']}/samples?metrics=host_cpu_ratio&from_ms={filled.start_ms + 10_000}"
    rows = rows_of(filled.get(target, Cookie=filled.cookie, Accept="text/csv"))
    assert len(rows) == 60
    assert rows[1][1] == "0.21"


def test_top_and_newest(filled):
    top = filled.api("/top?metric=host_cpu_ratio&limit=1")
    assert [(one["server_name"], one["value"]) for one in top["entries"]] == [("gpu3", 0.79)]
    then = filled.api(f"/top?metric=host_cpu_ratio&at_ms={filled.start_ms + 15_000}")
    assert [one["value"] for one in then["entries"]] == [0.21, 0.105]
    newest = filled.api(f"/newest?metrics=host_cpu_ratio&servers={filled.ids['nas']}")
    assert [(one["server"], one["values"]) for one in newest["entries"]] == [(filled.ids["nas"], [0.395])]


def test_coverage_tells_measured_from_lost(filled):
    got = filled.api(f"/servers/{filled.ids['gpu3']}/coverage?{filled.range}")
    assert len(got["measured_ratio"]) == 11
    assert got["measured_ratio"][:10] == pytest.approx([1] * 10, abs=0.2)
    assert got["measured_ratio"][10] in (None, pytest.approx(0, abs=0.2))


def test_status_tells_what_the_history_takes(filled):
    status = filled.api("/status")
    assert status["servers"] == 2
    assert status["store"]["total_bytes"] > 0
    assert filled.request("GET", "/api/v1/status").status == 401
