// Everything the page of one server shows, read anew whenever the server reports.
import { getEvents, getSamples, getServer } from "../api/servers";
import type { ApiError } from "../api/client";
import type { Columns, Detail, ServerEvent } from "../api/types";
import { panels } from "../panels";

/** What the charts show where no range is chosen. */
export const kChartSamples = 30;
const kEvents = 50;

export class ServerView {
  detail = $state.raw<Detail | null>(null);
  chart = $state.raw<Columns | null>(null);
  events = $state.raw<ServerEvent[] | null>(null);
  error = $state.raw<ApiError | null>(null);

  readonly id: number;
  #stop = new AbortController();
  #busy = false;
  #again = false;

  constructor(id: number) {
    this.id = id;
  }

  get is_gone(): boolean {
    return this.error?.status === 404;
  }

  /** One round at a time; asked again meanwhile, one more follows. */
  async refresh(): Promise<void> {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    do {
      this.#again = false;
      await this.#load();
    } while (this.#again && !this.#stop.signal.aborted);
    this.#busy = false;
  }

  end(): void {
    this.#stop.abort();
  }

  async #load(): Promise<void> {
    const signal = this.#stop.signal;
    const metrics = panels.map((panel) => panel.metric);
    const [detail, chart, events] = await Promise.all([
      getServer(this.id, signal),
      getSamples(this.id, { metrics, limit: kChartSamples }, signal),
      getEvents(this.id, kEvents, signal),
    ]);
    if (signal.aborted) return;
    if (detail.ok) this.detail = detail.value;
    if (chart.ok) this.chart = chart.value;
    if (events.ok) this.events = events.value.events;
    const failed = [detail, chart, events].find((result) => !result.ok);
    this.error = failed && !failed.ok ? failed.error : null;
  }
}
