// The only fetch(): every call ends in a value or in one shape of error, within a time limit.

export type ErrorKind = "network" | "timeout" | "aborted" | "http" | "shape";

export interface ApiError {
  kind: ErrorKind;
  /** HTTP status, 0 when there was no answer. */
  status: number;
  /** The server's own words, empty when it said none. */
  detail: string;
  /** From Retry-After. */
  retry_after_seconds: number | null;
}

export type ApiResult<T> = { ok: true; value: T } | { ok: false; error: ApiError };

export interface RequestOptions {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
  timeout_ms?: number;
  /** A 401 is this call's own answer (a wrong password), not the end of the session. */
  expects_401?: boolean;
}

const kTimeoutMs = 15_000;
let onUnauthorized: () => void = () => {};

/** Called whenever the server says that nobody is logged in. */
export function setUnauthorizedHandler(handler: () => void): void {
  onUnauthorized = handler;
}

export function reportUnauthorized(): void {
  onUnauthorized();
}

function failure(kind: ErrorKind, status = 0, detail = "", retry: number | null = null): ApiResult<never> {
  return { ok: false, error: { kind, status, detail, retry_after_seconds: retry } };
}

function parseRetryAfter(text: string | null): number | null {
  const seconds = Number(text);
  return text !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

async function problemDetail(response: Response): Promise<string> {
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null) {
      const { detail, title } = body as { detail?: unknown; title?: unknown };
      if (typeof detail === "string" && detail !== "") return detail;
      if (typeof title === "string") return title;
    }
  } catch {
    // Not JSON: a proxy's page, say. The status alone must do.
  }
  return "";
}

/** Ask the API. path starts below /api/v1. A 204 gives undefined. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<ApiResult<T>> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), options.timeout_ms ?? kTimeoutMs);
  const forward = () => timeout.abort();
  if (options.signal?.aborted) timeout.abort();
  options.signal?.addEventListener("abort", forward);
  const aborted = () => failure(options.signal?.aborted ? "aborted" : "timeout");
  try {
    const method = options.method ?? "GET";
    const init: RequestInit = {
      method,
      signal: timeout.signal,
      credentials: "same-origin",
      cache: "no-store",
    };
    init.headers = { Accept: "application/json" };
    if (method !== "GET") {
      init.headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(options.body ?? {});
    }
    const response = await fetch(`/api/v1${path}`, init);
    if (!response.ok) {
      if (response.status === 401 && options.expects_401 !== true) onUnauthorized();
      const retry = parseRetryAfter(response.headers.get("Retry-After"));
      return failure("http", response.status, await problemDetail(response), retry);
    }
    if (response.status === 204) return { ok: true, value: undefined as T };
    const text = await response.text();
    try {
      return { ok: true, value: JSON.parse(text) as T };
    } catch {
      return failure("shape", response.status);
    }
  } catch {
    return timeout.signal.aborted ? aborted() : failure("network");
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", forward);
  }
}
