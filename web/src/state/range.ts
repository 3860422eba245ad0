// What the charts of a server show: its newest 30 samples, or a stretch of time up to now. Pure.
// It stands in the address as ?range=24h, so that a link shows the same.
import type { Messages } from "../i18n/en";

const kHour = 3_600_000;
const kDay = 24 * kHour;

/** How long each is; null: the newest 30 samples, whenever they came. */
const kLengths = {
  last30: null,
  "1h": kHour,
  "6h": 6 * kHour,
  "24h": kDay,
  "7d": 7 * kDay,
  "30d": 30 * kDay,
  "1y": 365 * kDay,
} as const;

export type RangeId = keyof typeof kLengths;

/** In the order of the choice. */
export const kRanges = Object.keys(kLengths) as RangeId[];

/** From the address; anything else is the newest 30 samples. */
export function rangeOf(text: string | null): RangeId {
  return kRanges.find((range) => range === text) ?? "last30";
}

/** For the address; null: it does not stand there. */
export function rangeQuery(range: RangeId): string | null {
  return range === "last30" ? null : range;
}

export function rangeLength(range: RangeId): number | null {
  return kLengths[range];
}

export function rangeText(range: RangeId, t: Messages): string {
  return t.range[range];
}

/** How often a range is read anew: with every new step, at least every 5 minutes. */
export function refreshAfterMs(step_ms: number): number {
  return Math.min(step_ms, 300_000);
}
