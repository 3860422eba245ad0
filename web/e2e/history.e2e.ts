// The charts of one server over ranges of time: a machine of today, one that has been silent for two days.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, missingBrowser, newPage, screenshot, type Watch } from "./browser";
import { missingPrograms, Server } from "./programs";
import { seed } from "./reports";

const missing = missingPrograms() ?? missingBrowser();
if (missing !== null && process.env.CI === "true") {
  throw new Error(`the browser tests cannot run: ${missing}`);
}

const kDay = 86_400_000;

describe.skipIf(missing !== null)("the history of a server", () => {
  const server = new Server();
  let browser: Browser;
  let page: Page;
  let watch: Watch;
  const ids: Record<string, number> = {};

  const range = (name: string) => page.getByTestId("range").getByRole("button", { name, exact: true });
  const note = () => page.getByTestId("range-note");
  const visit = (name: string, query = "") => page.goto(`${server.url}/servers/${ids[name]}${query}`);

  /** As the page itself asks, so with its session. */
  async function addServer(name: string): Promise<string> {
    const made = await page.evaluate(async (wanted) => {
      const response = await fetch("/api/v1/servers", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name: wanted }),
      });
      return (await response.json()) as { id: number; key: string };
    }, name);
    ids[name] = made.id;
    return made.key;
  }

  beforeAll(async () => {
    await server.start();
    browser = await launch();
    ({ page, watch } = await newPage(browser, { colorScheme: "light" }));
    await page.goto(await server.setupLink());
    await page.fill("[name=name]", "admin");
    await page.fill("[name=password]", "correct horse battery");
    await page.click("form .button-accent");
    await page.getByText("No server yet").waitFor();
    const wave = (index: number) => 0.35 + 0.25 * Math.sin(index / 25) + 0.08 * Math.sin(index * 1.7);
    const machine = { count: 900, interval_ms: 20_000, cpu: wave, memory_gib: 32 };
    await seed(server.url, { ...machine, hostname: "today", key: await addServer("today") });
    await seed(server.url, {
      ...machine,
      hostname: "silent",
      key: await addServer("silent"),
      ended_ms_ago: 2 * kDay,
    });
  });

  afterEach(() => {
    expect(watch.take()).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    expect(await server.end()).toBe(0);
  });

  it("begins with the last 30 samples", async () => {
    await visit("today");
    await page.getByTestId("chart-cpu").locator("canvas").waitFor();
    expect(await range("last 30 samples").getAttribute("aria-pressed")).toBe("true");
    expect(await note().count()).toBe(0);
  });

  it("draws a range with averages from lowest to highest, and says what a point is", async () => {
    await range("6 h").click();
    await page.waitForURL("**?range=6h");
    await note().getByText("1 point = 2 min average, band = min to max").waitFor();
    await page.getByTestId("chart-cpu").focus();
    // The newest step has just begun; the one before it holds 6 samples.
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    const tip = page.getByTestId("chart-cpu").getByTestId("chart-tip");
    await expect.poll(() => tip.innerText()).toMatch(/^[\d.]+ %\s*[\d.]+ % – [\d.]+ %\s*\d\d:\d\d:\d\d$/);
    await page.keyboard.press("Escape");
    await screenshot(page, "server-range");
    await range("24 h").click();
    await note().getByText("1 point = 5 min average").waitFor();
    await range("30 d").click();
    await note().getByText("1 point = 3 h average").waitFor();
    await range("1 y").click();
    await page.getByTestId("chart-cpu").locator("canvas").waitFor();
  });

  it("keeps the range over a reload and beside the pages of the samples", async () => {
    await visit("today", "?range=1h");
    await note().getByText("1 point = 15 s average").waitFor();
    await page.getByTestId("samples").getByRole("button", { name: "Older" }).click();
    await page.waitForURL(/\?range=1h&before=\d+$/);
    await page.reload();
    await note().getByText("1 point = 15 s average").waitFor();
    await range("last 30 samples").click();
    await page.waitForURL(/\?before=\d+$/);
  });

  it("gives what it shows as a file", async () => {
    await visit("today", "?range=6h");
    const link = page.getByTestId("csv");
    const download = page.waitForEvent("download");
    await link.click();
    expect((await download).suggestedFilename()).toMatch(/^wakeful-series-\d{4}-\d\d-\d\d\.csv$/);
    const text = await page.evaluate(
      async (address) => (await fetch(address)).text(),
      (await link.getAttribute("href")) ?? "",
    );
    const lines = text.split("\r\n");
    expect(lines[0]).toMatch(/^time,today\/host\/host_cpu_ratio\.min,today\/host\/host_cpu_ratio\.avg,/);
    expect(lines.filter((line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z,0\.\d+,/.test(line)).length).toBeGreaterThan(
      100,
    );
  });

  it("says so where a range holds nothing, and shows the older samples where they are", async () => {
    await visit("silent", "?range=1h");
    await page.getByTestId("charts-empty").getByText("No samples in this range (1 h).").waitFor();
    await range("7 d").click();
    await page.getByTestId("chart-memory").locator("canvas").waitFor();
    expect(await page.getByTestId("charts-empty").count()).toBe(0);
  });
});
