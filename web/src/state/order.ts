// Which servers are shown and in what order. Pure.
import type { SourceProblem, Summary } from "../api/types";
import { ratioOf } from "../format/ratio";

export type Filter = "all" | "on" | "off" | "empty" | "attention";

export const kFilters: Filter[] = ["all", "on", "off", "empty", "attention"];

/** A machine without Docker, say, is no reason to look at it; one where we may not ask Docker is. */
export function isWorthAttention(problem: SourceProblem): boolean {
  return problem.code !== "unsupported" && problem.code !== "no_data";
}

export function memoryRatio(server: Summary): number | null {
  const exact = ratioOf(server.metrics["host_memory_used_bytes"], server.metrics["host_memory_total_bytes"]);
  return exact ?? server.metrics["host_memory_used_ratio"] ?? null;
}

/** Lower comes first: off, then warned, then never seen, then all is well. */
export function attentionRank(server: Summary): number {
  if (server.state === "off") return 0;
  if (server.warnings.length > 0 || server.problems.some(isWorthAttention)) return 1;
  return server.state === "empty" ? 2 : 3;
}

export function needsAttention(server: Summary): boolean {
  return attentionRank(server) <= 1;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** What needs attention first, then by name; gpu2 before gpu10. */
export function compareServers(a: Summary, b: Summary): number {
  return attentionRank(a) - attentionRank(b) || collator.compare(a.name, b.name) || a.id - b.id;
}

export function passesFilter(server: Summary, filter: Filter): boolean {
  if (filter === "all") return true;
  return filter === "attention" ? needsAttention(server) : server.state === filter;
}

/** Every word of the search occurs in the name. */
export function matchesSearch(server: Summary, search: string): boolean {
  const name = server.name.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => name.includes(word));
}

export interface Counts {
  all: number;
  on: number;
  off: number;
  empty: number;
  attention: number;
  watts: number;
  watts_known: number;
}

export function countServers(servers: Iterable<Summary>): Counts {
  const counts: Counts = { all: 0, on: 0, off: 0, empty: 0, attention: 0, watts: 0, watts_known: 0 };
  for (const server of servers) {
    counts.all += 1;
    counts[server.state] += 1;
    if (needsAttention(server)) counts.attention += 1;
    const watts = server.metrics["host_power_watts"];
    if (server.state === "on" && watts !== undefined) {
      counts.watts += watts;
      counts.watts_known += 1;
    }
  }
  return counts;
}
