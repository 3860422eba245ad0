// One clock for every relative time on the page, on the server's time: a reader's wrong clock shows no wrong ages.

class Now {
  /** Now, by the server's clock, to the second. */
  ms = $state(Date.now());
  #offset_ms = 0;
  #timer: ReturnType<typeof setInterval> | null = null;

  start(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#tick(), 1000);
  }

  /** Learn the server's clock from an answer that just came. */
  adjust(server_time_ms: number): void {
    this.#offset_ms = server_time_ms - Date.now();
    // Tenths of a second are the network's doing: do not redraw every age for them.
    if (Math.abs(Date.now() + this.#offset_ms - this.ms) > 1500) this.#tick();
  }

  #tick(): void {
    this.ms = Date.now() + this.#offset_ms;
  }
}

export const now = new Now();
