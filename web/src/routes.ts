// The one table of views: path, title, page. It drives the router and the navigation.
import type { Component } from "svelte";
import type { Messages } from "./i18n/en";
import AddPage from "./pages/add/AddPage.svelte";
import FleetPage from "./pages/fleet/FleetPage.svelte";
import LoginPage from "./pages/session/LoginPage.svelte";
import SetupPage from "./pages/session/SetupPage.svelte";
import { matchPath } from "./state/router.svelte";

type Parameters = Record<string, string>;
export type LazyPage = Promise<{ default: Component<{ parameters: Parameters }> }>;

export interface Route {
  path: string;
  title: (t: Messages) => string;
  /** Comes with the first load. */
  page?: Component;
  /** Instead of page: loaded when it is first visited. */
  load?: () => LazyPage;
  /** Stands in the navigation. */
  in_nav?: true;
  /** Shown to people who are not logged in. */
  open?: true;
}

export const routes: Route[] = [
  { path: "/", title: (t) => t.nav.fleet, page: FleetPage, in_nav: true },
  { path: "/servers/new", title: (t) => t.nav.add, page: AddPage, in_nav: true },
  {
    path: "/servers/:id",
    title: (t) => t.fleet.title,
    load: () => import("./pages/server/ServerPage.svelte"),
  },
  { path: "/login", title: (t) => t.session.login_title, page: LoginPage, open: true },
  { path: "/setup", title: (t) => t.session.setup_title, page: SetupPage, open: true },
];

export interface Match {
  route: Route;
  parameters: Parameters;
}

/** The first row that fits, or null. */
export function findRoute(path: string): Match | null {
  for (const route of routes) {
    const parameters = matchPath(route.path, path);
    if (parameters) return { route, parameters };
  }
  return null;
}
