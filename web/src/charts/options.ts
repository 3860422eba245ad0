// uPlot's options from a panel. Pure: colours and sizes are given.
import type uPlot from "uplot";
import { figureText } from "../format/figure";
import { clockTime, shortTime } from "../format/time";
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
}

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
        space: 32,
        ...(panel.steps ? { incrs: panel.steps } : {}),
        values: (_chart, splits) => splits.map((value) => axisText(panel, value)),
      },
    ],
    series: [
      {},
      {
        stroke: palette.series,
        fill: `color-mix(in srgb, ${palette.series} 14%, transparent)`,
        width: 2,
        points: { show: true, size: 5, fill: palette.series, width: 0 },
      },
    ],
    cursor: {
      drag: { x: false, y: false },
      sync: { key: setup.sync },
      y: false,
      points: { size: 9, fill: palette.series, stroke: palette.panel, width: 2 },
    },
  };
}

/** Seconds only where they say something. */
function timeTexts(splits: number[], language: string): string[] {
  const write = splits.every((ms) => ms % 60_000 === 0) ? shortTime : clockTime;
  return splits.map((ms) => write(ms, language));
}

/** On the axis a whole number is enough: "25 %", "8 GiB". */
function axisText(panel: Panel, value: number): string {
  const figure = panel.format(value);
  return figureText({ ...figure, value: figure.value.replace(/\.0$/, "") });
}
