// The lines of one server over a range of time, read anew as time goes on.
import type { ApiError } from "../api/client";
import { getSeries, type SeriesQuery } from "../api/series";
import type { SeriesAnswer } from "../api/types";
import { panels } from "../panels";
import { type RangeId, rangeLength, refreshAfterMs } from "./range";

/** Points of a line; the server rounds the step up to one that people know. */
const kPoints = 300;

export interface Shown {
  range: RangeId;
  query: SeriesQuery;
  answer: SeriesAnswer;
}

export class RangeChart {
  /** The newest answer, whichever range it is of. */
  shown = $state.raw<Shown | null>(null);
  error = $state.raw<ApiError | null>(null);

  readonly id: number;
  #stop: AbortController | null = null;
  #loaded_ms = 0;

  constructor(id: number) {
    this.id = id;
  }

  /** Read a range that is not shown yet, or one whose newest step is over. */
  async refresh(range: RangeId, now_ms: number): Promise<void> {
    const is_new = this.shown?.range !== range;
    const step_ms = this.shown?.answer.step_ms ?? 0;
    if (!is_new && now_ms - this.#loaded_ms < refreshAfterMs(step_ms)) return;
    await this.load(range, now_ms);
  }

  async load(range: RangeId, now_ms: number): Promise<void> {
    const length = rangeLength(range);
    this.#stop?.abort();
    if (length === null) {
      this.error = null;
      return;
    }
    const stop = new AbortController();
    this.#stop = stop;
    this.#loaded_ms = now_ms;
    const query: SeriesQuery = {
      server: this.id,
      metrics: panels.map((panel) => panel.metric),
      from_ms: now_ms - length,
      before_ms: now_ms,
      points: kPoints,
    };
    const result = await getSeries(query, stop.signal);
    if (stop.signal.aborted) return;
    this.error = result.ok ? null : result.error;
    if (result.ok) this.shown = { range, query, answer: result.value };
    else this.#loaded_ms = 0;
  }

  end(): void {
    this.#stop?.abort();
  }
}
