import { type ApiResult, request } from "./client";
import type { Columns, Detail, NewServer, Refusals, ServerEvent } from "./types";

export function addServer(name: string): Promise<ApiResult<NewServer>> {
  return request("/servers", { method: "POST", body: { name } });
}

export function getServer(id: number, signal?: AbortSignal): Promise<ApiResult<Detail>> {
  return request(`/servers/${id}`, signal ? { signal } : {});
}

export function removeServer(id: number): Promise<ApiResult<void>> {
  return request(`/servers/${id}`, { method: "DELETE" });
}

export interface SamplesQuery {
  metrics: readonly string[];
  limit: number;
  /** Exclusive. Without it: the newest. */
  before_ms?: number | null;
}

/** The path of a samples query, below /api/v1. */
export function samplesPath(id: number, query: SamplesQuery): string {
  const parameters = new URLSearchParams({ metrics: query.metrics.join(","), limit: String(query.limit) });
  if (query.before_ms !== null && query.before_ms !== undefined) {
    parameters.set("before_ms", String(query.before_ms));
  }
  return `/servers/${id}/samples?${parameters.toString()}`;
}

export function getSamples(
  id: number,
  query: SamplesQuery,
  signal?: AbortSignal,
): Promise<ApiResult<Columns>> {
  return request(samplesPath(id, query), signal ? { signal } : {});
}

export function getEvents(
  id: number,
  limit: number,
  signal?: AbortSignal,
): Promise<ApiResult<{ events: ServerEvent[] }>> {
  return request(`/servers/${id}/events?limit=${limit}`, signal ? { signal } : {});
}

export function getRefusals(): Promise<ApiResult<Refusals>> {
  return request("/refusals");
}
