import { formatBytes } from "../format/bytes";
import { formatPercent } from "../format/ratio";
import type { Panel } from "./panel";

/** 1 MiB to 4 PiB: even numbers in the units people read. */
const kBinarySteps = Array.from({ length: 33 }, (_, power) => 2 ** (20 + power));

export const memory: Panel = {
  id: "memory",
  metric: "host_memory_used_bytes",
  title: (t) => t.metric.memory,
  colour: "--series-memory",
  format: formatBytes,
  maximum: { metric: "host_memory_total_bytes" },
  steps: kBinarySteps,
};

/** For agents that know only the percentage. */
export const memoryRatio: Panel = {
  id: "memory_ratio",
  metric: "host_memory_used_ratio",
  title: (t) => t.metric.memory,
  colour: "--series-memory",
  format: formatPercent,
  maximum: 1,
  steps: [0.25, 0.5],
};
