// A number as people read it: the unit apart, because it is drawn smaller.

export interface Figure {
  value: string;
  unit: string;
}

/** What stands where nothing is known. */
export const kUnknown: Figure = { value: "–", unit: "" };

export function figureText(figure: Figure): string {
  return figure.unit === "" ? figure.value : `${figure.value} ${figure.unit}`;
}

export type Maybe = number | null | undefined;

export function isKnown(value: Maybe): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
