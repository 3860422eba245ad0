import { describe, expect, it } from "vitest";
import { matchPath, safeNext } from "../src/state/router.svelte";
import { pickLanguage } from "../src/state/settings.svelte";

describe("matchPath", () => {
  it("finds parameters", () => {
    expect(matchPath("/servers/:id", "/servers/7")).toEqual({ id: "7" });
    expect(matchPath("/servers/:id", "/servers/7/")).toEqual({ id: "7" });
    expect(matchPath("/", "/")).toEqual({});
    expect(matchPath("/a/:b", "/a/%ED%95%9C")).toEqual({ b: "한" });
  });

  it("refuses other paths and broken escapes", () => {
    expect(matchPath("/servers/:id", "/servers/")).toBeNull();
    expect(matchPath("/servers/:id", "/servers/7/x")).toBeNull();
    expect(matchPath("/servers/new", "/servers/7")).toBeNull();
    expect(matchPath("/a/:b", "/a/%E0%A4%A")).toBeNull();
  });
});

describe("safeNext", () => {
  it("leads back to a view of this page and nowhere else", () => {
    expect(safeNext("/servers/7?before=5")).toBe("/servers/7?before=5");
    for (const bad of [
      null,
      "",
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "/login?next=/",
      "/setup",
    ]) {
      expect(safeNext(bad)).toBe("/");
    }
  });
});

describe("pickLanguage", () => {
  it("takes the first language that we speak", () => {
    expect(pickLanguage(["fr-FR", "ko-KR", "en-US"])).toBe("ko");
    expect(pickLanguage(["en-GB", "ko"])).toBe("en");
    expect(pickLanguage(["fr"])).toBe("en");
    expect(pickLanguage([])).toBe("en");
  });
});
