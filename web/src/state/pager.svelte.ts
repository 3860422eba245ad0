// Pages back through all samples of a server. The page stands in the address as ?before=MILLISECONDS.
import type { ApiError } from "../api/client";
import { getSamples } from "../api/servers";
import type { Columns } from "../api/types";
import { router } from "./router.svelte";

export const kPageRows = 30;
export const kTableMetrics = [
  "host_cpu_ratio",
  "host_memory_used_bytes",
  "host_memory_used_ratio",
  "host_load1",
  "host_users",
  "host_power_watts",
] as const;

export class SamplesPager {
  page = $state.raw<Columns | null>(null);
  error = $state.raw<ApiError | null>(null);
  is_busy = $state(false);

  readonly id: number;
  /** From where an older page was reached: the way back to newer ones, which the API has no word for. */
  #newer = new Map<number, number | null>();
  #stop: AbortController | null = null;

  constructor(id: number) {
    this.id = id;
  }

  /** null: the newest page. */
  get before_ms(): number | null {
    const text = router.query.get("before");
    const value = Number(text);
    return text !== null && Number.isSafeInteger(value) && value > 0 ? value : null;
  }

  get has_older(): boolean {
    return this.page?.more ?? false;
  }

  async load(before_ms: number | null): Promise<void> {
    this.#stop?.abort();
    const stop = new AbortController();
    this.#stop = stop;
    this.is_busy = true;
    const result = await getSamples(
      this.id,
      { metrics: kTableMetrics, limit: kPageRows, before_ms },
      stop.signal,
    );
    if (stop.signal.aborted) return;
    this.is_busy = false;
    this.error = result.ok ? null : result.error;
    if (result.ok) this.page = result.value;
  }

  older(): void {
    const oldest = this.page?.time_ms[0];
    if (oldest === undefined) return;
    this.#newer.set(oldest, this.before_ms);
    this.#go(oldest);
  }

  newer(): void {
    this.#go(this.before_ms === null ? null : (this.#newer.get(this.before_ms) ?? null));
  }

  newest(): void {
    this.#go(null);
  }

  end(): void {
    this.#stop?.abort();
  }

  #go(before_ms: number | null): void {
    router.pushQuery({ before: before_ms === null ? null : String(before_ms) });
  }
}
