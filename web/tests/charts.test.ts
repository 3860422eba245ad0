import { describe, expect, it } from "vitest";
import {
  alignSeries,
  bandSeries,
  chartData,
  hasLine,
  hasValues,
  silenceMs,
  stepIndex,
} from "../src/charts/align";
import { chartOptions, scaleRange } from "../src/charts/options";
import { sparkPaths } from "../src/components/spark";
import { cpu } from "../src/panels/cpu";
import { panels } from "../src/panels";
import type { SeriesAnswer } from "../src/api/types";
import { columns, seriesAnswer } from "./fixtures";

describe("alignSeries", () => {
  it("keeps times and values of the answer, gaps as null", () => {
    expect(alignSeries(columns(), "host_cpu_ratio", 8000)).toEqual({
      time_ms: [1795158729123, 1795158737123, 1795158745123],
      values: [0.1, null, 0.1234],
    });
  });

  it("puts a gap where nothing came for longer than silence", () => {
    const given = { metrics: ["m"], time_ms: [0, 1000, 60_000], columns: { m: [1, 2, 3] }, more: false };
    expect(alignSeries(given, "m", 1000)).toEqual({
      time_ms: [0, 1000, 30_500, 60_000],
      values: [1, 2, null, 3],
    });
  });

  it("gives only gaps for a metric that the answer lacks", () => {
    expect(alignSeries(columns(), "host_power_watts", 8000).values).toEqual([null, null, null]);
    expect(hasValues(columns(), "host_power_watts")).toBe(false);
    expect(hasValues(columns(), "host_cpu_ratio")).toBe(true);
  });

  it("takes 3 missed intervals for silence, at least 15 s", () => {
    expect(silenceMs(1000)).toBe(15_000);
    expect(silenceMs(8000)).toBe(24_000);
  });
});

describe("bandSeries", () => {
  /** Steps of 10 s from 0; null is a step without a sample. */
  function answer(values: (number | null)[], step_ms = 10_000): SeriesAnswer {
    return {
      from_ms: 0,
      step_ms,
      tier: "raw",
      time_ms: values.map((_, index) => index * step_ms),
      series: [
        {
          server: 1,
          entity: "host",
          metric: "m",
          unit: "ratio",
          count: values.map((value) => (value === null ? 0 : 2)),
          min: values.map((value) => (value === null ? null : value - 1)),
          avg: values,
          max: values.map((value) => (value === null ? null : value + 1)),
        },
      ],
    };
  }

  it("gives averages with lowest and highest from the server's answer", () => {
    expect(bandSeries(seriesAnswer(), "host_cpu_ratio", 8000)).toEqual({
      time_ms: [1795158720000, 1795158735000, 1795158750000],
      values: [0.075, 0.1234, null],
      band: { low: [0.05, 0.1234, null], high: [0.1, 0.1234, null] },
    });
    expect(hasLine(seriesAnswer(), "host_cpu_ratio")).toBe(true);
  });

  it("makes one line of reports that come less often than the steps", () => {
    const series = bandSeries(answer([1, null, null, 2, null, null, 3]), "m", 30_000);
    expect(series.time_ms).toEqual([0, 30_000, 60_000]);
    expect(series.values).toEqual([1, 2, 3]);
    expect(series.band).toEqual({ low: [0, 1, 2], high: [2, 3, 4] });
  });

  it("puts a gap where nothing came for longer than silence", () => {
    const series = bandSeries(answer([1, null, null, null, 2]), "m", 10_000);
    expect(series.time_ms).toEqual([0, 20_000, 40_000]);
    expect(series.values).toEqual([1, null, 2]);
    expect(series.band?.low).toEqual([0, null, 1]);
    const coarse = bandSeries(answer([1, 2, null, 3], 3_600_000), "m", 10_000);
    expect(coarse.values).toEqual([1, 2, null, 3]);
  });

  it("spans the whole range, whatever is in it", () => {
    const series = bandSeries(answer([null, null, null, 5, null, null, null]), "m", 10_000);
    expect(series.time_ms).toEqual([0, 30_000, 60_000]);
    expect(series.values).toEqual([null, 5, null]);
    const none = bandSeries(answer([null, null, null]), "m", 10_000);
    expect(none.values).toEqual([null, null]);
    expect(hasLine(answer([null, null]), "m")).toBe(false);
    expect(hasLine(answer([1]), "other")).toBe(false);
  });

  it("gives uPlot the average, the highest and the lowest, all of one length", () => {
    const data = chartData(bandSeries(answer([1, null, 2]), "m", 10_000));
    expect(data).toEqual([
      [0, 20_000],
      [1, 2],
      [2, 3],
      [0, 1],
    ]);
    expect(chartData({ time_ms: [1], values: [2] })).toEqual([[1], [2]]);
  });
});

describe("stepIndex", () => {
  const series = { time_ms: [1, 2, 3, 4], values: [0.1, null, 0.3, null] };

  it("starts at the newest going back and at the oldest going on", () => {
    expect(stepIndex(series, null, -1)).toBe(2);
    expect(stepIndex(series, null, 1)).toBe(0);
  });

  it("steps over gaps and stays at the ends", () => {
    expect(stepIndex(series, 0, 1)).toBe(2);
    expect(stepIndex(series, 2, 1)).toBe(2);
    expect(stepIndex(series, 0, -1)).toBe(0);
  });
});

describe("chart options", () => {
  const setup = {
    panel: cpu,
    palette: { series: "rgb(1, 2, 3)", axis: "#555", grid: "#ddd", panel: "#fff" },
    width: 300,
    height: 160,
    language: "en",
    font: "12px sans-serif",
    maximum: 1,
    sync: "server",
    band: false,
  };

  it("scale from 0 to the maximum, or a tenth above the highest value", () => {
    expect(scaleRange(1, 0.4)).toEqual([0, 1]);
    expect(scaleRange(1, 1.2)).toEqual([0, 1.2]);
    expect(scaleRange(null, 100)).toEqual([0, expect.closeTo(110)]);
    expect(scaleRange(null, null)).toEqual([0, 1]);
    expect(scaleRange(0, null)).toEqual([0, 1]);
  });

  it("take times in milliseconds and write percent on the axis", () => {
    const options = chartOptions(setup);
    expect(options.ms).toBe(1);
    const values = options.axes?.[1]?.values as unknown as (chart: unknown, splits: number[]) => string[];
    expect(values(null, [0, 0.25, 1])).toEqual(["0 %", "25 %", "100 %"]);
  });

  it("write seconds on the time axis only where they say something", () => {
    const values = chartOptions(setup).axes?.[0]?.values as unknown as (
      chart: unknown,
      splits: number[],
    ) => string[];
    const minute = Date.UTC(2026, 10, 20, 12, 5);
    expect(values(null, [minute, minute + 60_000]).map((text) => text.length)).toEqual([5, 5]);
    expect(values(null, [minute, minute + 10_000]).map((text) => text.length)).toEqual([8, 8]);
  });

  it("write dates on the time axis where days lie between", () => {
    const values = chartOptions(setup).axes?.[0]?.values as unknown as (
      chart: unknown,
      splits: number[],
    ) => string[];
    const day = 86_400_000;
    const midnight = new Date(2026, 10, 20).getTime();
    expect(values(null, [midnight, midnight + day, midnight + 2 * day])).toEqual([
      "20 Nov",
      "21 Nov",
      "22 Nov",
    ]);
    expect(values(null, [midnight, midnight + day / 2, midnight + day, midnight + 1.5 * day])).toEqual([
      "20 Nov",
      "12:00",
      "21 Nov",
      "12:00",
    ]);
  });

  it("draw a band between the highest and the lowest where there are averages", () => {
    const options = chartOptions({ ...setup, band: true });
    expect(options.series).toHaveLength(4);
    expect(options.bands).toEqual([
      { series: [2, 3], fill: expect.stringContaining("rgb(1, 2, 3)") as string },
    ]);
    expect(chartOptions(setup).bands).toBeUndefined();
    expect(chartOptions(setup).series).toHaveLength(2);
  });

  it("name no metric twice among the panels", () => {
    const metrics = panels.map((panel) => panel.metric);
    expect(new Set(metrics).size).toBe(metrics.length);
  });
});

describe("sparkPaths", () => {
  it("ends at the right edge and breaks at a gap", () => {
    const { line, area } = sparkPaths([0, 1, null, 0.5, 0.5], 5, 100, 20);
    expect(line).toBe("M0 19.5L25 0.5M75 10L100 10");
    expect(area).toBe("M0 20L0 19.5L25 0.5L25 20ZM75 20L75 10L100 10L100 20Z");
  });

  it("draws a lone value as a dot and nothing for nothing", () => {
    expect(sparkPaths([0.5], 30, 100, 20).line).toBe("M100 10h0.01");
    expect(sparkPaths([], 30, 100, 20)).toEqual({ line: "", area: "" });
  });

  it("shows only the newest", () => {
    expect(sparkPaths([1, 1, 0], 2, 100, 20).line).toBe("M0 0.5L100 19.5");
  });
});
