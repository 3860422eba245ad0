import { describe, expect, it } from "vitest";
import { formatBytes, formatBytesOf } from "../src/format/bytes";
import { agentCommand, isLoopback } from "../src/format/command";
import { figureText, kUnknown } from "../src/format/figure";
import { formatCores, formatCount, formatDecimal } from "../src/format/number";
import { formatWatts } from "../src/format/power";
import { formatPercent, ratioOf, severity } from "../src/format/ratio";
import { duration, relativeTime, sinceTime } from "../src/format/time";
import { en } from "../src/i18n/en";
import { ko } from "../src/i18n/ko";

describe("formatBytes", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KiB"],
    [1536, "1.5 KiB"],
    [25165824, "24 MiB"],
    [8053063680, "7.5 GiB"],
    [33567129600, "31.3 GiB"],
    [1023.9 * 1024 * 1024, "1 GiB"],
    [137438953472, "128 GiB"],
    [2 ** 60, "1024 PiB"],
  ])("writes %d as %s", (bytes, text) => expect(figureText(formatBytes(bytes))).toBe(text));

  it("says that it does not know, and never 0", () => {
    expect(formatBytes(undefined)).toBe(kUnknown);
    expect(formatBytes(null)).toBe(kUnknown);
    expect(formatBytes(NaN)).toBe(kUnknown);
  });

  it("writes a part in the unit of the whole", () => {
    expect(figureText(formatBytesOf(8053063680, 33567129600))).toBe("7.5 / 31.3 GiB");
    expect(figureText(formatBytesOf(812 * 2 ** 20, 1956 * 2 ** 20))).toBe("0.8 / 1.9 GiB");
    expect(figureText(formatBytesOf(10 * 2 ** 20, 2 ** 30))).toBe("0.01 / 1 GiB");
    expect(figureText(formatBytesOf(512 * 2 ** 20, 8 * 2 ** 30))).toBe("0.5 / 8 GiB");
    expect(figureText(formatBytesOf(8053063680, undefined))).toBe("7.5 GiB");
    expect(formatBytesOf(undefined, 1024)).toBe(kUnknown);
  });
});

describe("ratios", () => {
  it("become percent", () => {
    expect(figureText(formatPercent(0.1234))).toBe("12.3 %");
    expect(figureText(formatPercent(0.1234, 0))).toBe("12 %");
    expect(figureText(formatPercent(0))).toBe("0.0 %");
    expect(figureText(formatPercent(1))).toBe("100 %");
    expect(figureText(formatPercent(0.9999))).toBe("100 %");
    expect(formatPercent(null)).toBe(kUnknown);
  });

  it("are of something that is known and not 0", () => {
    expect(ratioOf(1, 4)).toBe(0.25);
    expect(ratioOf(1, 0)).toBeNull();
    expect(ratioOf(undefined, 4)).toBeNull();
  });

  it("turn high at 70 % and critical at 90 %", () => {
    expect(severity(0.6999)).toBe("normal");
    expect(severity(0.7)).toBe("high");
    expect(severity(0.9)).toBe("critical");
    expect(severity(null)).toBe("normal");
  });
});

describe("other figures", () => {
  it("are watts up to a kilowatt", () => {
    expect(figureText(formatWatts(35.2))).toBe("35.2 W");
    expect(figureText(formatWatts(182.5))).toBe("183 W");
    expect(figureText(formatWatts(14200))).toBe("14.2 kW");
    expect(formatWatts(undefined)).toBe(kUnknown);
  });

  it("are counts, loads and cores", () => {
    expect(figureText(formatCount(0))).toBe("0");
    expect(figureText(formatDecimal(1.25))).toBe("1.25");
    expect(formatCores(0.5)).toBe("0.5");
    expect(formatCores(2)).toBe("2");
    expect(formatCount(undefined)).toBe(kUnknown);
  });
});

describe("times", () => {
  const now = Date.UTC(2026, 10, 20, 12, 0, 0);

  it("are relative up to a day, in both languages", () => {
    expect(relativeTime(now - 500, now, en, "en")).toBe("just now");
    expect(relativeTime(now - 42_000, now, en, "en")).toBe("42 s ago");
    expect(relativeTime(now - 190_000, now, en, "en")).toBe("3 min ago");
    expect(relativeTime(now - 190_000, now, ko, "ko")).toBe("3분 전");
  });

  it("are exact beyond a day and in the future", () => {
    expect(relativeTime(now - 25 * 3_600_000, now, en, "en")).toMatch(/^1[89] Nov 2026/);
    expect(relativeTime(now + 3_600_000, now, en, "en")).toMatch(/^20 Nov 2026/);
  });

  it("forgive a clock that is a little behind", () => {
    expect(relativeTime(now + 900, now, en, "en")).toBe("just now");
  });

  it("since when: the clock today, the date before", () => {
    expect(sinceTime(now - 60_000, now, "en")).toMatch(/^\d\d:\d\d:\d\d$/);
    expect(sinceTime(now - 86_400_000, now, "en")).toContain("2026");
  });

  it("have at most two parts as lengths", () => {
    expect(duration(59_999, en)).toBe("59 s");
    expect(duration(7_500_000, en)).toBe("2 h 5 min");
    expect(duration(7_200_000, en)).toBe("2 h");
    expect(duration(90_000_000, en)).toBe("1 d 1 h");
    expect(duration(7_500_000, ko)).toBe("2시간 5분");
    expect(duration(-5, en)).toBe("0 s");
  });
});

describe("the agent's command", () => {
  it("carries address and key", () => {
    expect(agentCommand("http://a:8000", "wk_x")).toBe("wakeful-agent --server http://a:8000 --key wk_x");
  });

  it("is warned about where only this machine can reach the address", () => {
    for (const name of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"]) expect(isLoopback(name)).toBe(true);
    for (const name of ["10.0.0.1", "wakeful.example.org", "localhost.example.org"])
      expect(isLoopback(name)).toBe(false);
  });
});
