import { formatWatts } from "../format/power";
import type { Panel } from "./panel";

export const power: Panel = {
  id: "power",
  metric: "host_power_watts",
  title: (t) => t.metric.power,
  colour: "--series-power",
  format: formatWatts,
};
