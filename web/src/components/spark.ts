// The outline of a small line chart. Pure.

export interface SparkPaths {
  line: string;
  area: string;
}

const round = (value: number) => Math.round(value * 10) / 10;

/** values  ratios, oldest first; the newest stands at the right edge. places  how many fill the width */
export function sparkPaths(
  values: readonly (number | null)[],
  places: number,
  width: number,
  height: number,
): SparkPaths {
  const shown = values.slice(-places);
  const step = width / Math.max(1, places - 1);
  const left = width - (shown.length - 1) * step;
  let line = "";
  let area = "";
  let run: string[] = [];
  let run_start = 0;
  const finish = (end_x: number) => {
    if (run.length === 0) return;
    // A lone value is a dot: a line of no length with round ends.
    line += `M${run.join("L")}${run.length === 1 ? "h0.01" : ""}`;
    if (run.length > 1) area += `M${run_start} ${height}L${run.join("L")}L${end_x} ${height}Z`;
    run = [];
  };
  let x = 0;
  for (const [index, value] of shown.entries()) {
    if (value === null) {
      finish(x);
      continue;
    }
    x = round(left + index * step);
    const y = round(height - Math.min(1, Math.max(0, value)) * (height - 1) - 0.5);
    if (run.length === 0) run_start = x;
    run.push(`${x} ${y}`);
  }
  finish(x);
  return { line, area };
}
