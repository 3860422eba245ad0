// From the API's columns to what uPlot draws. Pure.
import type { Columns } from "../api/types";

export interface Series {
  /** Milliseconds, oldest first. */
  time_ms: number[];
  /** null is a gap, never 0. */
  values: (number | null)[];
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

/** The index of the nearest value to go to from an index with an arrow key; gaps are stepped over. */
export function stepIndex(series: Series, from: number | null, step: -1 | 1): number | null {
  let index = from ?? (step < 0 ? series.values.length : -1);
  for (index += step; index >= 0 && index < series.values.length; index += step) {
    if (series.values[index] !== null) return index;
  }
  return from;
}
