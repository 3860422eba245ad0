// The only event stream: connects, reconnects with backoff, notices a dead connection by its silence.
//
// fetch() rather than EventSource: it tells a 401 from a broken line, and it lets us see the comment lines that come
// every 15 s, so that a connection that died without a word is found.
import { backoffMs } from "./backoff";
import { reportUnauthorized } from "./client";
import { SseParser } from "./sse";
import type { ServerList } from "./types";

export interface LiveHandlers {
  /** complete  the first event of a connection: it carries all servers */
  servers(list: ServerList, complete: boolean): void;
  removed(ids: number[]): void;
}

/** Three comment lines missed. */
const kSilenceMs = 45_000;

export class Live {
  /** When the connection was lost; null while it stands or before it first stood. */
  lost_since_ms = $state<number | null>(null);
  /** The first event has come. */
  connected = $state(false);

  #handlers: LiveHandlers;
  #stop: AbortController | null = null;
  #wake: () => void = () => {};

  constructor(handlers: LiveHandlers) {
    this.#handlers = handlers;
  }

  start(): void {
    if (this.#stop) return;
    this.#stop = new AbortController();
    addEventListener("online", this.retryNow);
    void this.#run(this.#stop.signal);
  }

  stop(): void {
    this.#stop?.abort();
    this.#stop = null;
    removeEventListener("online", this.retryNow);
    this.#wake();
    this.connected = false;
    this.lost_since_ms = null;
  }

  retryNow = (): void => this.#wake();

  async #run(stop: AbortSignal): Promise<void> {
    let attempt = 0;
    while (!stop.aborted) {
      const outcome = await this.#connect(stop);
      if (stop.aborted || outcome === "unauthorized") return;
      this.connected = false;
      this.lost_since_ms ??= Date.now();
      attempt = outcome === "had_data" ? 0 : attempt + 1;
      await this.#sleep(backoffMs(attempt));
    }
  }

  #sleep(duration_ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, duration_ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #connect(stop: AbortSignal): Promise<"had_data" | "nothing" | "unauthorized"> {
    const attempt = new AbortController();
    const end = () => attempt.abort();
    stop.addEventListener("abort", end);
    let silence = setTimeout(end, kSilenceMs);
    let outcome: "had_data" | "nothing" = "nothing";
    try {
      const response = await fetch("/api/v1/live", {
        signal: attempt.signal,
        headers: { Accept: "text/event-stream" },
        cache: "no-store",
      });
      if (response.status === 401) {
        if (!stop.aborted) reportUnauthorized();
        return "unauthorized";
      }
      if (!response.ok || !response.body) return "nothing";
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new SseParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return outcome;
        clearTimeout(silence);
        silence = setTimeout(end, kSilenceMs);
        for (const message of parser.push(value)) {
          this.#dispatch(message.event, message.data);
          outcome = "had_data";
        }
      }
    } catch {
      // A broken line, the silence timer, or bytes that are not ours: all mean "connect again".
      return outcome;
    } finally {
      clearTimeout(silence);
      attempt.abort();
      stop.removeEventListener("abort", end);
    }
  }

  #dispatch(event: string, data: string): void {
    if (event === "servers") this.#handlers.servers(JSON.parse(data) as ServerList, !this.connected);
    else if (event === "removed") this.#handlers.removed((JSON.parse(data) as { ids: number[] }).ids);
    this.connected = true;
    this.lost_since_ms = null;
  }
}
