// The JSON that the C++ tests compare with what the server says: neither side can drift alone.
import { readFileSync } from "node:fs";
import type { Columns, Detail, SeriesAnswer, ServerList, Summary } from "../src/api/types";

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../tests/fixtures/api/${name}`, import.meta.url), "utf8")) as T;
}

export const serverList = (): ServerList => read("servers.json");
export const detail = (): Detail => read("server.json");
export const seriesAnswer = (): SeriesAnswer => read("series.json");
export const columns = (): Columns => read("samples.json");

/** A server of the fixture by name. */
export function summary(name: string): Summary {
  const found = serverList().servers.find((server) => server.name === name);
  if (!found) throw new Error(`servers.json: no server named ${name}`);
  return found;
}
