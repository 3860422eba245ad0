import { type Figure, isKnown, kUnknown, type Maybe } from "./figure";

/** 0.1234 as 12.3 %; a whole 100 without a decimal. */
export function formatPercent(ratio: Maybe, digits = 1): Figure {
  if (!isKnown(ratio)) return kUnknown;
  const percent = ratio * 100;
  const text = percent.toFixed(digits);
  return { value: Number(text) >= 100 ? percent.toFixed(0) : text, unit: "%" };
}

/** used / total, or null when either is missing or total is 0. */
export function ratioOf(used: Maybe, total: Maybe): number | null {
  return isKnown(used) && isKnown(total) && total > 0 ? used / total : null;
}

export type Severity = "normal" | "high" | "critical";

/** The thresholds of the ring and of every bar: 70 and 90 %. */
export function severity(ratio: Maybe): Severity {
  if (!isKnown(ratio)) return "normal";
  if (ratio >= 0.9) return "critical";
  return ratio >= 0.7 ? "high" : "normal";
}
