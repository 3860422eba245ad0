import { formatPercent } from "../format/ratio";
import type { Panel } from "./panel";

export const cpu: Panel = {
  id: "cpu",
  metric: "host_cpu_ratio",
  title: (t) => t.metric.cpu,
  colour: "--series-cpu",
  format: formatPercent,
  maximum: 1,
  steps: [0.25, 0.5],
  always: true,
};
