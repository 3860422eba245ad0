// Lines over time: GET /api/v1/series.
import { type ApiResult, request } from "./client";
import type { SeriesAnswer } from "./types";

export interface SeriesQuery {
  server: number;
  /** Metrics of the host. */
  metrics: readonly string[];
  from_ms: number;
  /** Exclusive. */
  before_ms: number;
  points: number;
}

/** The path of a query, below /api/v1. */
export function seriesPath(query: SeriesQuery): string {
  const parameters = new URLSearchParams();
  for (const metric of query.metrics) parameters.append("series", `${query.server}/host/${metric}`);
  parameters.set("from_ms", String(query.from_ms));
  parameters.set("before_ms", String(query.before_ms));
  parameters.set("points", String(query.points));
  return `/series?${parameters.toString()}`;
}

export function getSeries(query: SeriesQuery, signal?: AbortSignal): Promise<ApiResult<SeriesAnswer>> {
  return request(seriesPath(query), signal ? { signal } : {});
}

/** The address of the same as a CSV file. */
export function seriesCsvAddress(query: SeriesQuery): string {
  return `/api/v1${seriesPath(query)}&format=csv`;
}

/** The address of a server's newest samples, with all values of the host, as a CSV file. */
export function samplesCsvAddress(server: number, limit: number): string {
  return `/api/v1/servers/${server}/samples?limit=${limit}&format=csv`;
}
