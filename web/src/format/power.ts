import { type Figure, isKnown, kUnknown, type Maybe } from "./figure";

/** 35.2 W, 182 W, 14.2 kW. */
export function formatWatts(watts: Maybe): Figure {
  if (!isKnown(watts)) return kUnknown;
  if (Math.abs(watts) >= 999.5) return { value: (watts / 1000).toFixed(watts >= 99_950 ? 0 : 1), unit: "kW" };
  return { value: watts.toFixed(Math.abs(watts) >= 99.95 ? 0 : 1), unit: "W" };
}
