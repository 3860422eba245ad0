import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoffMs } from "../src/api/backoff";
import { setUnauthorizedHandler } from "../src/api/client";
import { Live } from "../src/api/live.svelte";
import { SseParser } from "../src/api/sse";
import { serverList } from "./fixtures";

describe("SseParser", () => {
  it("puts messages together from any pieces", () => {
    const text =
      'event: servers\ndata: {"a":1}\n\n: still here\n\ndata: x\ndata: y\r\n\r\nevent: removed\rdata: {"ids":[7]}\r\r';
    const whole = new SseParser().push(`${text}\n`);
    expect(whole).toEqual([
      { event: "servers", data: '{"a":1}' },
      { event: "message", data: "x\ny" },
      { event: "removed", data: '{"ids":[7]}' },
    ]);
    const parser = new SseParser();
    expect([...`${text}\n`].flatMap((letter) => parser.push(letter))).toEqual(whole);
  });

  it("gives nothing for an unfinished message", () => {
    expect(new SseParser().push("event: servers\ndata: {}\n")).toEqual([]);
  });
});

describe("backoff", () => {
  it("doubles up to 15 s and spreads by a quarter", () => {
    expect(backoffMs(0, 1)).toBe(500);
    expect(backoffMs(1, 1)).toBe(1000);
    expect(backoffMs(3, 0)).toBe(3000);
    expect(backoffMs(99, 1)).toBe(15_000);
  });
});

/** Streams that the test feeds by hand. */
class FakeServer {
  streams: ReadableStreamDefaultController<Uint8Array>[] = [];
  status = 200;
  isDown = false;

  fetch = (_address: unknown, init?: RequestInit): Promise<Response> => {
    if (this.isDown) return Promise.reject(new TypeError("failed to fetch"));
    if (this.status !== 200) return Promise.resolve(new Response("", { status: this.status }));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.streams.push(controller);
        init?.signal?.addEventListener("abort", () => {
          try {
            controller.error(new Error("aborted"));
          } catch {
            // Closed before.
          }
        });
      },
    });
    return Promise.resolve(new Response(body, { status: 200 }));
  };

  send(text: string): void {
    this.streams.at(-1)?.enqueue(new TextEncoder().encode(text));
  }
}

describe("Live", () => {
  let server: FakeServer;
  let live: Live;
  const servers = vi.fn();
  const removed = vi.fn();
  const event = () => `event: servers\ndata: ${JSON.stringify(serverList())}\n\n`;
  const settle = () => vi.advanceTimersByTimeAsync(10);

  beforeEach(() => {
    vi.useFakeTimers();
    server = new FakeServer();
    vi.stubGlobal("fetch", server.fetch);
    vi.stubGlobal("addEventListener", vi.fn());
    vi.stubGlobal("removeEventListener", vi.fn());
    live = new Live({ servers, removed });
  });
  afterEach(() => {
    live.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    servers.mockReset();
    removed.mockReset();
  });

  it("tells the first event of a connection from the later ones", async () => {
    live.start();
    await settle();
    server.send(event());
    server.send(event());
    server.send('event: removed\ndata: {"ids":[2]}\n\n');
    await settle();
    expect(servers.mock.calls.map((call: unknown[]) => call[1])).toEqual([true, false]);
    expect(removed).toHaveBeenCalledWith([2]);
    expect(live.connected).toBe(true);
    expect(live.lost_since_ms).toBeNull();
  });

  it("says since when the connection is lost and resumes by itself", async () => {
    live.start();
    await settle();
    server.send(event());
    await settle();
    server.isDown = true;
    server.streams[0]?.close();
    await settle();
    const since = live.lost_since_ms;
    expect(since).toBe(Date.now() - 10);
    await vi.advanceTimersByTimeAsync(5000);
    expect(live.lost_since_ms).toBe(since);
    server.isDown = false;
    await vi.advanceTimersByTimeAsync(15_000);
    server.send(event());
    await settle();
    expect(live.lost_since_ms).toBeNull();
    expect(servers.mock.lastCall?.[1]).toBe(true);
  });

  it("finds a connection that died without a word by its silence", async () => {
    live.start();
    await settle();
    server.send(event());
    await settle();
    await vi.advanceTimersByTimeAsync(40_000);
    server.send(": still here\n\n");
    await vi.advanceTimersByTimeAsync(40_000);
    expect(live.lost_since_ms).toBeNull();
    await vi.advanceTimersByTimeAsync(6000);
    expect(live.lost_since_ms).not.toBeNull();
    expect(server.streams.length).toBe(2);
  });

  it("ends at a 401 and reports it", async () => {
    const unauthorized = vi.fn();
    setUnauthorizedHandler(unauthorized);
    server.status = 401;
    live.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(unauthorized).toHaveBeenCalledTimes(1);
    expect(live.lost_since_ms).toBeNull();
  });

  it("survives an event that is not JSON", async () => {
    live.start();
    await settle();
    server.send("event: servers\ndata: {\n\n");
    await vi.advanceTimersByTimeAsync(1000);
    server.send(event());
    await settle();
    expect(servers).toHaveBeenCalledTimes(1);
    expect(live.connected).toBe(true);
  });
});
