import { describe, expect, it } from "vitest";
import { samplesCsvAddress, seriesCsvAddress, seriesPath } from "../src/api/series";
import { en } from "../src/i18n/en";
import { kRanges, rangeLength, rangeOf, rangeQuery, rangeText, refreshAfterMs } from "../src/state/range";
import { seriesAnswer } from "./fixtures";

describe("the range", () => {
  it("comes from the address and goes back there", () => {
    for (const range of kRanges) expect(rangeOf(rangeQuery(range))).toBe(range);
    expect(rangeOf("24h")).toBe("24h");
    expect(rangeQuery("last30")).toBeNull();
    for (const other of [null, "", "2h", "constructor", "24H"]) expect(rangeOf(other)).toBe("last30");
  });

  it("is the newest 30 samples, then longer and longer", () => {
    expect(kRanges[0]).toBe("last30");
    expect(rangeLength("last30")).toBeNull();
    const lengths = kRanges.slice(1).map((range) => rangeLength(range) ?? 0);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(lengths[0]).toBe(3_600_000);
  });

  it("has words for each", () => {
    expect(kRanges.map((range) => rangeText(range, en))).toEqual([
      "last 30 samples",
      "1 h",
      "6 h",
      "24 h",
      "7 d",
      "30 d",
      "1 y",
    ]);
  });

  it("is read anew with every step, at least every 5 minutes", () => {
    expect(refreshAfterMs(15_000)).toBe(15_000);
    expect(refreshAfterMs(86_400_000)).toBe(300_000);
  });
});

describe("the series query", () => {
  const query = {
    server: 7,
    metrics: ["host_cpu_ratio", "host_power_watts"],
    from_ms: 1000,
    before_ms: 2000,
    points: 300,
  };

  it("asks for several lines at once", () => {
    expect(seriesPath(query)).toBe(
      "/series?series=7%2Fhost%2Fhost_cpu_ratio&series=7%2Fhost%2Fhost_power_watts" +
        "&from_ms=1000&before_ms=2000&points=300",
    );
  });

  it("has an address as a file", () => {
    expect(seriesCsvAddress(query)).toMatch(/^\/api\/v1\/series\?.*&format=csv$/);
    expect(samplesCsvAddress(7, 30)).toBe("/api/v1/servers/7/samples?limit=30&format=csv");
  });

  it("is answered in the shape of the fixture", () => {
    const answer = seriesAnswer();
    expect(answer.time_ms[0]).toBe(answer.from_ms);
    for (const line of answer.series) {
      for (const list of [line.count, line.min, line.avg, line.max]) {
        expect(list).toHaveLength(answer.time_ms.length);
      }
      line.count.forEach((count, index) => expect(line.avg[index] === null).toBe(count === 0));
    }
  });
});
