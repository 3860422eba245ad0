// The fixtures carry every field that the page reads, with the type that it expects.
import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en";
import { ko } from "../src/i18n/ko";
import { detail, serverList } from "./fixtures";

const number = expect.any(Number) as number;
const text = expect.any(String) as string;
const list = expect.any(Array) as unknown[];
const record = expect.any(Object) as object;

const summaryShape = {
  id: number,
  name: text,
  state: expect.stringMatching(/^(empty|on|off)$/) as string,
  origin: text,
  interval_ms: number,
  metrics: record,
  cpu_history: list,
  warnings: list,
  problems: list,
};
const nullable = ["state_since_ms", "last_report_ms", "containers_running", "containers_total"];

describe("the API's fixtures", () => {
  it("have every field of a Summary", () => {
    for (const server of serverList().servers) {
      expect(server).toMatchObject(summaryShape);
      for (const name of nullable) expect(server).toHaveProperty(name);
    }
    expect(serverList().server_time_ms).toEqual(number);
  });

  it("have every field of a Detail", () => {
    expect(detail()).toMatchObject({
      ...summaryShape,
      facts: { hostname: text, cpu_count: number },
      users: list,
    });
    for (const container of detail().containers ?? []) {
      expect(container).toMatchObject({
        name: text,
        image: text,
        state: text,
        status_text: text,
        metrics: record,
      });
      expect(container).toHaveProperty("exit_code");
    }
    expect(detail().core_cpu_ratio).toContain(null);
  });
});

/** Every text, with functions called on harmless values. */
function texts(messages: object, path = ""): [string, string][] {
  return Object.entries(messages).flatMap(([key, value]: [string, unknown]) => {
    const here = `${path}.${key}`;
    if (typeof value === "string") return [[here, value]];
    if (typeof value === "function")
      return [[here, String((value as (...values: unknown[]) => unknown)(1, 2, 3))]];
    return texts(value as object, here);
  });
}

describe("the translations", () => {
  it("are complete and not empty", () => {
    const english = new Map(texts(en));
    const korean = new Map(texts(ko));
    expect([...korean.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [path, value] of [...english, ...korean]) expect(value, path).not.toMatch(/^\s*$|undefined/);
  });

  it("are Korean, but for words that stand for themselves", () => {
    const same = texts(ko).filter(([, value]) => !/[가-힣]/.test(value));
    const allowed = [
      ".metric.cpu",
      ".state.off",
      ".state.empty",
      ".server.origin_native",
      ".server.core",
      ".server.page_range",
      ".server.from_to",
      ".server.event_state",
      ".fleet.off",
      ".fleet.empty",
    ];
    expect(same.map(([path]) => path).filter((path) => !allowed.includes(path))).toEqual([]);
  });
});
