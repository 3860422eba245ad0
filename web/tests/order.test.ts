import { describe, expect, it } from "vitest";
import { neighbour } from "../src/pages/fleet/arrows";
import {
  attentionRank,
  compareServers,
  countServers,
  matchesSearch,
  memoryRatio,
  needsAttention,
  passesFilter,
} from "../src/state/order";
import { serverList, summary } from "./fixtures";

describe("the order of servers", () => {
  it("puts off first, then warned, then empty, then the rest", () => {
    const on = summary("gpu3");
    const off = summary("nas");
    const empty = summary("new-box");
    const denied = {
      ...on,
      id: 9,
      name: "zeta",
      problems: [{ source: "docker", code: "denied", message: "…" }],
    };
    const sorted = [on, empty, denied, off].sort(compareServers).map((server) => server.name);
    expect(sorted).toEqual(["nas", "zeta", "new-box", "gpu3"]);
  });

  it("is by name with numbers as numbers", () => {
    const named = (name: string) => ({ ...summary("gpu3"), name });
    const names = ["gpu10", "gpu2", "GPU1"].map(named).sort(compareServers);
    expect(names.map((server) => server.name)).toEqual(["GPU1", "gpu2", "gpu10"]);
  });

  it("does not take a machine without Docker for a problem", () => {
    const without = {
      ...summary("gpu3"),
      problems: [{ source: "docker", code: "unsupported", message: "…" }],
    };
    expect(needsAttention(without)).toBe(false);
    expect(attentionRank(without)).toBe(3);
  });
});

describe("counting, filtering, searching", () => {
  it("counts states and the watts of those that are on", () => {
    expect(countServers(serverList().servers)).toEqual({
      all: 3,
      on: 1,
      off: 1,
      empty: 1,
      attention: 1,
      watts: 182.5,
      watts_known: 1,
    });
  });

  it("filters by state and by attention", () => {
    const names = (filter: Parameters<typeof passesFilter>[1]) =>
      serverList()
        .servers.filter((server) => passesFilter(server, filter))
        .map((server) => server.name);
    expect(names("all")).toHaveLength(3);
    expect(names("off")).toEqual(["nas"]);
    expect(names("attention")).toEqual(["nas"]);
    expect(names("empty")).toEqual(["new-box"]);
  });

  it("finds every word anywhere in the name, in any case", () => {
    const server = summary("new-box");
    expect(matchesSearch(server, "")).toBe(true);
    expect(matchesSearch(server, "BOX new")).toBe(true);
    expect(matchesSearch(server, "box old")).toBe(false);
  });

  it("takes the memory ratio from the bytes, or as it was reported", () => {
    expect(memoryRatio(summary("gpu3"))).toBeCloseTo(0.2399, 3);
    expect(memoryRatio(summary("nas"))).toBeNull();
    expect(memoryRatio({ ...summary("nas"), metrics: { host_memory_used_ratio: 0.5 } })).toBe(0.5);
  });
});

describe("arrow keys in the grid", () => {
  // Two rows of three and one of one.
  const boxes = [0, 1, 2, 3, 4, 5, 6].map((index) => ({
    left: (index % 3) * 100,
    top: Math.floor(index / 3) * 50,
  }));

  it("move along the reading order and between the rows", () => {
    expect(neighbour(boxes, 0, "ArrowRight")).toBe(1);
    expect(neighbour(boxes, 2, "ArrowRight")).toBe(3);
    expect(neighbour(boxes, 4, "ArrowUp")).toBe(1);
    expect(neighbour(boxes, 1, "ArrowDown")).toBe(4);
    expect(neighbour(boxes, 5, "ArrowDown")).toBe(6);
    expect(neighbour(boxes, 3, "Home")).toBe(0);
    expect(neighbour(boxes, 3, "End")).toBe(6);
  });

  it("lead nowhere beyond the edges", () => {
    expect(neighbour(boxes, 0, "ArrowLeft")).toBeNull();
    expect(neighbour(boxes, 1, "ArrowUp")).toBeNull();
    expect(neighbour(boxes, 6, "ArrowDown")).toBeNull();
    expect(neighbour(boxes, 6, "ArrowRight")).toBeNull();
    expect(neighbour(boxes, 0, "x")).toBeNull();
    expect(neighbour([], 0, "ArrowDown")).toBeNull();
  });
});
