import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { request, setUnauthorizedHandler } from "../src/api/client";
import { addServer, getSamples, removeServer, samplesPath } from "../src/api/servers";
import { login } from "../src/api/session";
import { en } from "../src/i18n/en";
import { errorText } from "../src/state/errors";
import { columns } from "./fixtures";

const fetched = vi.fn<typeof fetch>();
const unauthorized = vi.fn<() => void>();

beforeEach(() => {
  vi.stubGlobal("fetch", fetched);
  setUnauthorizedHandler(unauthorized);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  fetched.mockReset();
  unauthorized.mockReset();
});

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

const problem = (status: number, detail: string) =>
  json(
    status,
    { type: "about:blank", title: "Title", status, detail },
    { "Content-Type": "application/problem+json" },
  );

describe("request", () => {
  it("gives the value of an answer", async () => {
    fetched.mockResolvedValue(json(200, columns()));
    const result = await getSamples(7, { metrics: ["host_cpu_ratio"], limit: 30 });
    expect(result).toEqual({ ok: true, value: columns() });
    expect(fetched.mock.calls[0]?.[0]).toBe("/api/v1/servers/7/samples?metrics=host_cpu_ratio&limit=30");
  });

  it("sends JSON with its content type when it changes something", async () => {
    fetched.mockResolvedValue(json(201, { id: 1, name: "gpu3", key: "wk_x" }));
    await addServer("gpu3");
    const init = fetched.mock.calls[0]?.[1];
    expect(init?.method).toBe("POST");
    expect(init?.body).toBe('{"name":"gpu3"}');
    expect(init?.headers).toMatchObject({ "Content-Type": "application/json" });
  });

  it("takes an empty answer for done", async () => {
    fetched.mockResolvedValue(new Response(null, { status: 204 }));
    expect(await removeServer(7)).toEqual({ ok: true, value: undefined });
  });

  it("carries the server's own words", async () => {
    fetched.mockResolvedValue(problem(409, 'name: "gpu3" is taken'));
    const result = await addServer("gpu3");
    expect(result).toMatchObject({
      ok: false,
      error: { kind: "http", status: 409, detail: 'name: "gpu3" is taken' },
    });
  });

  it("does not need them", async () => {
    fetched.mockResolvedValue(new Response("<html>bad gateway</html>", { status: 502 }));
    expect(await request("/servers")).toMatchObject({ ok: false, error: { status: 502, detail: "" } });
  });

  it("reports a 401 once, but not a wrong password", async () => {
    fetched.mockImplementation(() => Promise.resolve(problem(401, "no session")));
    await request("/servers");
    expect(unauthorized).toHaveBeenCalledTimes(1);
    await login("admin", "wrong");
    expect(unauthorized).toHaveBeenCalledTimes(1);
  });

  it("reads Retry-After", async () => {
    fetched.mockResolvedValue(json(429, {}, { "Retry-After": "42" }));
    expect(await login("a", "b")).toMatchObject({ error: { status: 429, retry_after_seconds: 42 } });
  });

  it("tells no answer from a late one", async () => {
    fetched.mockRejectedValueOnce(new TypeError("failed to fetch"));
    expect(await request("/servers")).toMatchObject({ error: { kind: "network", status: 0 } });
    vi.useFakeTimers();
    fetched.mockImplementationOnce(
      (_address, init) =>
        new Promise((_resolve, reject) =>
          init?.signal?.addEventListener("abort", () => reject(new Error("aborted"))),
        ),
    );
    const late = request("/servers", { timeout_ms: 1000 });
    await vi.advanceTimersByTimeAsync(1001);
    expect(await late).toMatchObject({ error: { kind: "timeout" } });
  });

  it("does not take half an answer for a value", async () => {
    fetched.mockResolvedValue(new Response('{"servers": [', { status: 200 }));
    expect(await request("/servers")).toMatchObject({ error: { kind: "shape", status: 200 } });
  });
});

describe("samplesPath", () => {
  it("pages back", () => {
    expect(samplesPath(1, { metrics: ["a", "b"], limit: 5, before_ms: 123 })).toBe(
      "/servers/1/samples?metrics=a%2Cb&limit=5&before_ms=123",
    );
  });
});

describe("errorText", () => {
  const http = (status: number, detail = "", retry: number | null = null) =>
    errorText({ kind: "http", status, detail, retry_after_seconds: retry }, en);

  it("says what happened and what to try", () => {
    expect(http(409, "name: taken")).toBe("name: taken");
    expect(http(429, "", 42)).toBe("Too many attempts. Try again in 42 s.");
    expect(http(503, "disk full")).toContain("disk full");
    expect(http(500)).toContain("500");
    expect(errorText({ kind: "network", status: 0, detail: "", retry_after_seconds: null }, en)).toBe(
      en.error.network,
    );
  });
});
