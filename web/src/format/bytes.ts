import { type Figure, isKnown, kUnknown, type Maybe } from "./figure";

const kUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Binary sizes with about three digits: 7.5 GiB, 128 MiB. */
export function formatBytes(bytes: Maybe): Figure {
  if (!isKnown(bytes)) return kUnknown;
  let value = Math.abs(bytes);
  let unit = 0;
  // 1023.95 would be printed as 1024: go on to the next unit before that.
  while (value >= 1023.5 && unit < kUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  const sign = bytes < 0 ? "-" : "";
  return { value: sign + trimZeros(value.toFixed(digits)), unit: kUnits[unit] ?? "B" };
}

/** used and total in the unit of total, short enough for a block: "7.5 / 31.3 GiB". */
export function formatBytesOf(used: Maybe, total: Maybe): Figure {
  if (!isKnown(used)) return kUnknown;
  if (!isKnown(total)) return formatBytes(used);
  const whole = formatBytes(total);
  const power = Math.max(0, kUnits.indexOf(whole.unit));
  const part = used / 1024 ** power;
  const short = (value: number) => {
    const digits = power === 0 || value >= 99.95 ? 0 : value >= 0.1 ? 1 : 2;
    return trimZeros(value.toFixed(digits));
  };
  return { value: `${short(part)} / ${short(total / 1024 ** power)}`, unit: whole.unit };
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
