// From the API's columns to what uPlot draws. Pure.
import type { Columns, SeriesAnswer } from "../api/types";

export interface Series {
  /** Milliseconds, oldest first. */
  time_ms: number[];
  /** null is a gap, never 0. */
  values: (number | null)[];
  /** Where each value is an average: the lowest and highest of its step. */
  band?: { low: (number | null)[]; high: (number | null)[] };
}

/** As the server judges silence: 3 missed intervals, at least 15 s. */
export function silenceMs(interval_ms: number): number {
  return Math.max(3 * interval_ms, 15_000);
}

/** One metric of the columns; where nothing came for longer than silence, a gap stands between. */
export function alignSeries(columns: Columns, metric: string, interval_ms: number): Series {
  const given = columns.columns[metric];
  const silence = silenceMs(interval_ms);
  const series: Series = { time_ms: [], values: [] };
  for (const [index, time_ms] of columns.time_ms.entries()) {
    const before = columns.time_ms[index - 1];
    if (before !== undefined && time_ms - before > silence) {
      series.time_ms.push(Math.round((before + time_ms) / 2));
      series.values.push(null);
    }
    series.time_ms.push(time_ms);
    series.values.push(given?.[index] ?? null);
  }
  return series;
}

export function hasValues(columns: Columns, metric: string): boolean {
  return columns.columns[metric]?.some((value) => value !== null) ?? false;
}

/**
 * One metric of an answer: averages with a band from lowest to highest. Steps without a sample are left out, so that
 * steps shorter than the reports' interval make one line; where nothing came for longer than silence, a gap stands.
 * The first and the last step are always there, so that all charts of an answer span the same time.
 */
export function bandSeries(answer: SeriesAnswer, metric: string, interval_ms: number): Series {
  const line = answer.series.find((one) => one.metric === metric);
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  const series: Series = { time_ms: [], values: [], band: { low, high } };
  const put = (time_ms: number, index: number | null) => {
    series.time_ms.push(time_ms);
    series.values.push(index === null ? null : (line?.avg[index] ?? null));
    low.push(index === null ? null : (line?.min[index] ?? null));
    high.push(index === null ? null : (line?.max[index] ?? null));
  };
  const bridged = Math.max(silenceMs(interval_ms), answer.step_ms);
  let last: number | null = null;
  for (const [index, time_ms] of answer.time_ms.entries()) {
    const is_gap = (line?.count[index] ?? 0) === 0;
    if (is_gap && index !== 0 && index !== answer.time_ms.length - 1) continue;
    if (!is_gap && last !== null && time_ms - last > bridged) put(Math.round((last + time_ms) / 2), null);
    put(time_ms, is_gap ? null : index);
    if (!is_gap) last = time_ms;
  }
  return series;
}

export function hasLine(answer: SeriesAnswer, metric: string): boolean {
  return answer.series.some((line) => line.metric === metric && line.count.some((count) => count > 0));
}

/** What uPlot draws, in the order of chartOptions' series. */
export function chartData(series: Series): [number[], ...(number | null)[][]] {
  if (!series.band) return [series.time_ms, series.values];
  return [series.time_ms, series.values, series.band.high, series.band.low];
}

/** The index of the nearest value to go to from an index with an arrow key; gaps are stepped over. */
export function stepIndex(series: Series, from: number | null, step: -1 | 1): number | null {
  let index = from ?? (step < 0 ? series.values.length : -1);
  for (index += step; index >= 0 && index < series.values.length; index += step) {
    if (series.values[index] !== null) return index;
  }
  return from;
}
