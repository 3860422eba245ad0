import { type Figure, isKnown, kUnknown, type Maybe } from "./figure";

export function formatCount(count: Maybe): Figure {
  return isKnown(count) ? { value: String(Math.round(count)), unit: "" } : kUnknown;
}

/** A load average, or a number of cores. */
export function formatDecimal(value: Maybe, unit = ""): Figure {
  return isKnown(value) ? { value: value.toFixed(2), unit } : kUnknown;
}
