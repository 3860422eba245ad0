// uPlot's options from a panel. Pure: colours and sizes are given.
import type uPlot from "uplot";
import { figureText } from "../format/figure";
import { clockTime, shortDate, shortTime } from "../format/time";
import type { Panel } from "../panels/panel";

export interface Palette {
  series: string;
  axis: string;
  grid: string;
  panel: string;
}

export interface ChartSetup {
  panel: Panel;
  palette: Palette;
  width: number;
  height: number;
  language: string;
  font: string;
  /** Top of the scale; null for as high as the values. */
  maximum: number | null;
  /** Charts with the same key share one cursor. */
  sync: string;
  /** The data has a highest and a lowest value behind each average. */
  band: boolean;
}

/** Distance of the axis' times from which a date says more than a clock. */
const kDay = 86_400_000;

/** The scale starts at 0. A tenth of room above the highest value where no maximum is set. */
export function scaleRange(maximum: number | null, highest: number | null): [number, number] {
  if (maximum !== null && maximum > 0) return [0, Math.max(maximum, highest ?? 0)];
  return [0, highest !== null && highest > 0 ? highest * 1.1 : 1];
}

export function chartOptions(setup: ChartSetup): uPlot.Options {
  const { palette, panel, font } = setup;
  const axis: uPlot.Axis = {
    font,
    stroke: palette.axis,
    grid: { stroke: palette.grid, width: 1 },
    ticks: { show: false },
  };
  return {
    width: setup.width,
    height: setup.height,
    ms: 1,
    legend: { show: false },
    padding: [8, 28, 0, 0],
    scales: {
      x: { time: true },
      y: { range: (_chart, _lowest, highest) => scaleRange(setup.maximum, highest) },
    },
    axes: [
      {
        ...axis,
        space: 96,
        size: 28,
        values: (_chart, splits) => timeTexts(splits, setup.language),
      },
      {
        ...axis,
        size: 64,
        space: 28,
        ...(panel.steps ? { incrs: panel.steps } : {}),
        values: (_chart, splits) => splits.map((value) => axisText(panel, value)),
      },
    ],
    ...(setup.band ? bandLines(palette) : singleLine(palette)),
    cursor: {
      drag: { x: false, y: false },
      sync: { key: setup.sync },
      y: false,
      points: { size: 9, fill: palette.series, stroke: palette.panel, width: 2 },
    },
  };
}

function singleLine(palette: Palette): Pick<uPlot.Options, "series"> {
  const line: uPlot.Series = {
    stroke: palette.series,
    fill: `color-mix(in srgb, ${palette.series} 14%, transparent)`,
    width: 2,
    points: { show: true, size: 5, fill: palette.series, width: 0 },
  };
  return { series: [{}, line] };
}

/** An average, and a band between the highest and the lowest: see chartData. */
function bandLines(palette: Palette): Pick<uPlot.Options, "series" | "bands"> {
  const line: uPlot.Series = {
    stroke: palette.series,
    width: 1.5,
    points: { size: 4, fill: palette.series, width: 0 },
  };
  const edge: uPlot.Series = { width: 0, points: { show: false } };
  const fill = `color-mix(in srgb, ${palette.series} 24%, transparent)`;
  return { series: [{}, line, edge, edge], bands: [{ series: [2, 3], fill }] };
}

/** Dates where days lie between, seconds only where they say something. */
function timeTexts(splits: number[], language: string): string[] {
  const distance = (splits[1] ?? 0) - (splits[0] ?? 0);
  if (distance >= kDay) return splits.map((ms) => shortDate(ms, language));
  if ((splits.at(-1) ?? 0) - (splits[0] ?? 0) > kDay) {
    return splits.map((ms) => (isMidnight(ms) ? shortDate(ms, language) : shortTime(ms, language)));
  }
  const write = splits.every((ms) => ms % 60_000 === 0) ? shortTime : clockTime;
  return splits.map((ms) => write(ms, language));
}

/** In the reader's zone. */
function isMidnight(ms: number): boolean {
  const date = new Date(ms);
  return date.getHours() === 0 && date.getMinutes() === 0;
}

/** On the axis a whole number is enough: "25 %", "8 GiB". */
function axisText(panel: Panel, value: number): string {
  const figure = panel.format(value);
  return figureText({ ...figure, value: figure.value.replace(/\.0$/, "") });
}
