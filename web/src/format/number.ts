import { type Figure, isKnown, kUnknown, type Maybe } from "./figure";

export function formatCount(count: Maybe): Figure {
  return isKnown(count) ? { value: String(Math.round(count)), unit: "" } : kUnknown;
}

/** A load average. */
export function formatDecimal(value: Maybe, unit = ""): Figure {
  return isKnown(value) ? { value: value.toFixed(2), unit } : kUnknown;
}

/** A number of cores without zeros that say nothing: "0.5", "2". */
export function formatCores(cores: number): string {
  return String(Math.round(cores * 100) / 100);
}
