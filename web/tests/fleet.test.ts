import { beforeEach, describe, expect, it } from "vitest";
import { Fleet } from "../src/state/fleet.svelte";
import { serverList, summary } from "./fixtures";

describe("Fleet", () => {
  let fleet: Fleet;
  const names = () => fleet.order.map((id) => fleet.servers.get(id)?.name);

  beforeEach(() => {
    fleet = new Fleet();
    fleet.apply(serverList(), true);
  });

  it("orders the first list by attention and name", () => {
    expect(fleet.loaded).toBe(true);
    expect(names()).toEqual(["nas", "new-box", "gpu3"]);
    expect(fleet.counts.all).toBe(3);
    expect(fleet.order_is_stale).toBe(false);
  });

  it("changes figures in place and nobody's place", () => {
    fleet.apply({ servers: [{ ...summary("gpu3"), state: "off" }], server_time_ms: 0 }, false);
    expect(names()).toEqual(["nas", "new-box", "gpu3"]);
    expect(fleet.servers.get(1)?.state).toBe("off");
    expect(fleet.counts.off).toBe(2);
    expect(fleet.order_is_stale).toBe(true);
    fleet.sort();
    expect(names()).toEqual(["gpu3", "nas", "new-box"]);
    expect(fleet.order_is_stale).toBe(false);
  });

  it("puts a new server last until the next sort", () => {
    fleet.apply({ servers: [{ ...summary("nas"), id: 9, name: "aaa" }], server_time_ms: 0 }, false);
    expect(names()).toEqual(["nas", "new-box", "gpu3", "aaa"]);
  });

  it("forgets what was removed, and what a complete list lacks", () => {
    fleet.remove([2]);
    expect(names()).toEqual(["new-box", "gpu3"]);
    fleet.apply({ servers: [summary("gpu3")], server_time_ms: 0 }, true);
    expect(names()).toEqual(["gpu3"]);
    expect(fleet.servers.size).toBe(1);
  });

  it("knows an empty fleet from one that has not come yet", () => {
    const fresh = new Fleet();
    expect(fresh.loaded).toBe(false);
    fresh.apply({ servers: [], server_time_ms: 0 }, true);
    expect(fresh.loaded).toBe(true);
    expect(fresh.counts.all).toBe(0);
  });
});
