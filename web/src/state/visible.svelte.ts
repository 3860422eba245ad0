// The fleet page's filter, search and view, all kept in the address.
import type { Summary } from "../api/types";
import { fleet } from "./fleet.svelte";
import { type Filter, kFilters, matchesSearch, passesFilter } from "./order";
import { router } from "./router.svelte";

/** Beyond this many the squares are the default. */
const kDenseFrom = 200;

class Visible {
  get filter(): Filter {
    return kFilters.find((filter) => filter === router.query.get("show")) ?? "all";
  }

  get search(): string {
    return router.query.get("q") ?? "";
  }

  get dense(): boolean {
    const view = router.query.get("view");
    return view === "dense" || (view !== "blocks" && fleet.counts.all > kDenseFrom);
  }

  servers = $derived.by(() => {
    const found: Summary[] = [];
    for (const id of fleet.order) {
      const server = fleet.servers.get(id);
      if (server && passesFilter(server, this.filter) && matchesSearch(server, this.search))
        found.push(server);
    }
    return found;
  });

  show(filter: Filter): void {
    router.setQuery({ show: filter === "all" ? null : filter });
    fleet.sort();
  }

  find(search: string): void {
    router.setQuery({ q: search });
  }
}

export const visible = new Visible();
