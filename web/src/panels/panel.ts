// A chart as data: what it shows, not how it is drawn.
import type { Figure, Maybe } from "../format/figure";
import type { Messages } from "../i18n/en";

export interface Panel {
  id: string;
  metric: string;
  title: (t: Messages) => string;
  /** The custom property of app.css that holds its colour: the same on every page. */
  colour: string;
  format: (value: Maybe) => Figure;
  /** The top of the scale. Without it: as high as the values. Another metric's newest value, or a number. */
  maximum?: number | { metric: string };
  /** Steps of the axis, in the metric's unit. */
  steps?: number[];
  /** Drawn although there is no value: says that there is none. */
  always?: true;
}
