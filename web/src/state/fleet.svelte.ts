// Every server's newest values, kept live. A server's data is replaced as a whole, so only its own block redraws.
import { SvelteMap } from "svelte/reactivity";
import { Live } from "../api/live.svelte";
import type { ServerList, Summary } from "../api/types";
import { now } from "./now.svelte";
import { compareServers, countServers } from "./order";

export class Fleet {
  servers = new SvelteMap<number, Summary>();
  /** Ids in the order in which they are drawn. New ones come last until the next sort: nothing jumps. */
  order = $state.raw<number[]>([]);
  /** The whole list has come at least once. */
  loaded = $state(false);
  counts = $derived(countServers(this.servers.values()));
  order_is_stale = $derived.by(() => {
    let before: Summary | undefined;
    return this.order.some((id) => {
      const server = this.servers.get(id);
      const late = before !== undefined && server !== undefined && compareServers(before, server) > 0;
      before = server ?? before;
      return late;
    });
  });

  readonly live = new Live({
    servers: (list, complete) => this.apply(list, complete),
    removed: (ids) => this.remove(ids),
  });

  start(): void {
    this.live.start();
    document.addEventListener("visibilitychange", this.#onVisibility);
  }

  /** On logout: forget everything. */
  stop(): void {
    this.live.stop();
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.servers.clear();
    this.order = [];
    this.loaded = false;
  }

  /** complete  the list is of all servers: those it lacks are gone */
  apply(list: ServerList, complete: boolean): void {
    now.adjust(list.server_time_ms);
    if (complete) {
      const ids = new Set(list.servers.map((server) => server.id));
      this.remove([...this.servers.keys()].filter((id) => !ids.has(id)));
    }
    const added: number[] = [];
    for (const server of list.servers) {
      if (!this.servers.has(server.id)) added.push(server.id);
      this.servers.set(server.id, server);
    }
    if (!this.loaded) {
      this.loaded = true;
      this.sort();
    } else if (added.length > 0) {
      this.order = [...this.order, ...added];
    }
  }

  remove(ids: number[]): void {
    if (ids.length === 0) return;
    for (const id of ids) this.servers.delete(id);
    this.order = this.order.filter((id) => this.servers.has(id));
  }

  sort(): void {
    this.order = [...this.servers.values()].sort(compareServers).map((server) => server.id);
  }

  #onVisibility = (): void => {
    // Looked away: now things may move.
    if (document.visibilityState === "hidden") return;
    this.sort();
    this.live.retryNow();
  };
}

export const fleet = new Fleet();
