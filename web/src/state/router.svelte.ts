// The address bar as state. Pages are rows of routes.ts; links are ordinary <a href>.

/** Parameters of a path that fits a pattern such as "/servers/:id", or null. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = (path.length > 1 ? path.replace(/\/$/, "") : path).split("/");
  if (wanted.length !== given.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) {
      if (value === "") return null;
      try {
        parameters[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    } else if (part !== value) {
      return null;
    }
  }
  return parameters;
}

/** Where login may lead back to: a path of this page and nothing else. */
export function safeNext(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next)) return "/";
  return next.startsWith("/login") || next.startsWith("/setup") ? "/" : next;
}

class Router {
  path = $state("/");
  query = $state.raw(new URLSearchParams());
  #scroll = new Map<string, number>();

  start(): void {
    history.scrollRestoration = "manual";
    this.#read();
    addEventListener("popstate", () => {
      this.#read();
      this.#restoreScroll();
    });
    addEventListener("scroll", () => this.#scroll.set(location.pathname, scrollY), { passive: true });
    document.addEventListener("click", (click) => this.#onClick(click));
  }

  get full(): string {
    const query = this.query.toString();
    return query === "" ? this.path : `${this.path}?${query}`;
  }

  /** Go to another view. */
  go(address: string, how: "push" | "replace" = "push"): void {
    const old_path = location.pathname;
    if (how === "push") history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    this.#read();
    if (how === "push" && location.pathname !== old_path) scrollTo(0, 0);
  }

  /** Change parameters of this view without a step in the history; null removes one. */
  setQuery(changes: Record<string, string | null>): void {
    this.go(this.#withQuery(changes), "replace");
  }

  /** The same with a step in the history, to come back from. */
  pushQuery(changes: Record<string, string | null>): void {
    this.go(this.#withQuery(changes));
  }

  #withQuery(changes: Record<string, string | null>): string {
    const query = new URLSearchParams(this.query);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === "") query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    return text === "" ? this.path : `${this.path}?${text}`;
  }

  #read(): void {
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
  }

  #restoreScroll(): void {
    const y = this.#scroll.get(location.pathname) ?? 0;
    // After the page of that address is drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => scrollTo(0, y)));
  }

  #onClick(click: MouseEvent): void {
    if (click.defaultPrevented || click.button !== 0) return;
    if (click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return;
    const link = (click.target as Element | null)?.closest("a");
    if (!link || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin)
      return;
    if (link.hash !== "" && link.pathname === location.pathname) return;
    click.preventDefault();
    this.go(link.pathname + link.search);
  }
}

export const router = new Router();
