// The whole chain in one story: an empty server is set up, machines are added, report, fall silent, return, and go.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { launch, missingBrowser, newPage, screenshot, type Watch } from "./browser";
import { missingPrograms, type Program, Server, startAgent } from "./programs";
import { postMonitorInfo, seed, sendCollector } from "./reports";

const missing = missingPrograms() ?? missingBrowser();
if (missing !== null) {
  if (process.env.CI === "true") throw new Error(`the browser tests cannot run: ${missing}`);
  console.warn(`browser tests skipped: ${missing}`);
}

const kPassword = "correct horse battery";
/** 3 missed intervals of 1 s are less than the least silence, 15 s. */
const kUntilOffMs = 40_000;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(missing !== null)("the dashboard", () => {
  const server = new Server();
  let browser: Browser;
  let page: Page;
  let watch: Watch;
  let agent: Program | null = null;
  let key = "";
  let server_path = "";

  const block = (name: string) => page.locator(`[data-testid=blocks] article[data-name="${name}"]`);
  const row = (name: string) => page.locator(`[data-testid=server-table] tr[data-name="${name}"]`);
  const visit = (path: string) => page.goto(server.url + path);

  async function login(): Promise<void> {
    await page.fill("[name=name]", "admin");
    await page.fill("[name=password]", kPassword);
    await page.click("form .button-accent");
  }

  async function addServer(name: string): Promise<string> {
    await visit("/servers/new");
    await page.fill("[name=name]", name);
    await page.click("form .button-accent");
    return (await page.getByTestId("new-key").innerText()).trim();
  }

  /** Violations of the accessibility rules, in words. */
  async function accessibilityProblems(): Promise<string[]> {
    await page.evaluate(axe);
    return page.evaluate(async () => {
      interface Axe {
        run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
      }
      const { violations } = await (window as unknown as { axe: Axe }).axe.run();
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`),
      );
    });
  }

  beforeAll(async () => {
    await server.start();
    browser = await launch();
    ({ page, watch } = await newPage(browser, { colorScheme: "light" }));
  });

  afterEach(() => {
    expect(watch.take()).toEqual([]);
  });

  afterAll(async () => {
    await agent?.stop();
    await browser?.close();
    expect(await server.end()).toBe(0);
  });

  it("leads to the setup page first and refuses a wrong token", async () => {
    watch.expect(403);
    await visit("/");
    await page.waitForURL("**/setup");
    await page.fill("[name=token]", "not-the-token");
    await page.fill("[name=password]", kPassword);
    await page.click("form .button-accent");
    await page.getByText("This setup link was used already").waitFor();
  });

  it("makes the first account through the one-time link", async () => {
    watch.expect();
    await page.goto(await server.setupLink());
    await page.fill("[name=name]", "admin");
    await page.fill("[name=password]", kPassword);
    await page.click("form .button-accent");
    await page.getByText("No server yet").waitFor();
    expect(new URL(page.url()).search).toBe("");
  });

  it("logs out, refuses a wrong password, and leads back after login", async () => {
    watch.expect(401);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL("**/login?*");
    await visit("/servers/new");
    await page.waitForURL("**/login?next=%2Fservers%2Fnew");
    await page.fill("[name=name]", "admin");
    await page.fill("[name=password]", "wrong password");
    await page.click("form .button-accent");
    await page.getByText("Name or password is wrong.").waitFor();
    await login();
    await page.waitForURL("**/servers/new");
  });

  it("adds a server: key shown once, command ready, block Empty", async () => {
    watch.expect();
    key = await addServer("this-machine");
    expect(key).toMatch(/^wk_.{20,}$/);
    expect((await page.getByTestId("new-command").innerText()).trim()).toBe(
      `wakeful-agent --server ${server.url} --key ${key}`,
    );
    await page.getByText("Waiting for the first report of this-machine").waitFor();
    const other = await page.context().newPage();
    await other.goto(`${server.url}/`);
    const empty = other.locator('article[data-name="this-machine"][data-state=empty]');
    await empty.getByText("Empty", { exact: true }).waitFor();
    await empty.getByRole("button", { name: "Install line" }).click();
    await other.getByRole("dialog").getByText(`wakeful-agent --server ${server.url} --key KEY`).waitFor();
    await other.close();
  });

  it("refuses a name that is taken, with the reason", async () => {
    watch.expect(409);
    const other = await page.context().newPage();
    await other.goto(`${server.url}/servers/new`);
    await other.fill("[name=name]", "this-machine");
    await other.click("form .button-accent");
    await other.getByRole("alert").filter({ hasText: "this-machine" }).waitFor();
    await other.close();
  });

  it("notices the first report by itself", async () => {
    watch.expect();
    agent = startAgent(server.url, key);
    await page.getByTestId("first-report").getByText("this-machine reported at").waitFor();
    await page.getByRole("link", { name: "Open this-machine" }).click();
    await page.waitForURL("**/servers/*");
    server_path = new URL(page.url()).pathname;
  });

  it("turns the block on, with a ring that says what it shows", async () => {
    await visit("/");
    await block("this-machine").and(page.locator("[data-state=on]")).waitFor();
    const ring = block("this-machine").getByRole("img", { name: /^CPU / });
    await expect.poll(() => ring.getAttribute("data-cpu"), { timeout: 15_000 }).toMatch(/^\d+$/);
    expect(await ring.getAttribute("aria-label")).toMatch(/^CPU [\d.]+ %, memory [\d.]+ %$/);
    await row("this-machine").getByText("on", { exact: true }).waitFor();
    await page.getByTestId("summary").getByRole("button", { name: "1 on" }).waitFor();
  });

  it("shows the server's page: header, facts, memory, containers", async () => {
    await block("this-machine").getByRole("link").click();
    await page.waitForURL(`**${server_path}`);
    await page.getByRole("heading", { level: 1, name: "this-machine" }).waitFor();
    await page.getByTestId("chart-memory").locator("canvas").waitFor();
    await page.getByTestId("containers").waitFor();
    await page.getByTestId("cores").getByRole("listitem").first().waitFor();
  });

  it("shows time and percent where one points at the CPU chart", async () => {
    await page.getByTestId("chart-cpu").locator(".u-over").hover();
    const tip = page.getByTestId("chart-cpu").getByTestId("chart-tip");
    await expect.poll(() => tip.innerText(), { timeout: 10_000 }).toMatch(/^[\d.]+ %\s*\d\d:\d\d:\d\d$/);
    await page.mouse.move(0, 0);
    await tip.waitFor({ state: "detached" });
    await page.getByTestId("chart-cpu").focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => tip.innerText()).toMatch(/%/);
    await page.keyboard.press("Escape");
  });

  it("keeps the page live without a reload", async () => {
    const newest = page.getByTestId("samples").locator("tbody tr").first().locator("td").first();
    const before = await newest.innerText();
    await expect.poll(() => newest.innerText(), { timeout: 15_000 }).not.toBe(before);
  });

  it("pages through all samples and back", async () => {
    const history_key = await addServer("gpu3");
    const wave = (index: number) => 0.35 + 0.25 * Math.sin(index / 5) + 0.08 * Math.sin(index * 1.7);
    await seed(server.url, {
      hostname: "gpu3",
      key: history_key,
      count: 100,
      interval_ms: 60_000,
      cpu: wave,
      watts: (index) => 90 + 180 * wave(index),
      memory_gib: 32,
    });
    await page.getByTestId("first-report").getByText("gpu3 reported at").waitFor();
    await page.getByRole("link", { name: "Open gpu3" }).click();
    const samples = page.getByTestId("samples");
    const times = () => samples.locator("tbody tr td:first-child").allInnerTexts();
    await expect.poll(async () => (await times()).length).toBe(30);
    const first = await times();
    expect(await samples.getByRole("button", { name: "Newer" }).isDisabled()).toBe(true);
    await samples.getByRole("button", { name: "Older" }).click();
    await page.waitForURL(/before=\d+/);
    await expect.poll(times).not.toEqual(first);
    const second = await times();
    expect(second).toHaveLength(30);
    expect(second.filter((time) => first.includes(time))).toEqual([]);
    await samples.getByRole("button", { name: "Older" }).click();
    await expect.poll(times).not.toEqual(second);
    await samples.getByRole("button", { name: "Older" }).click();
    await expect.poll(async () => (await times()).length).toBe(10);
    expect(await samples.getByRole("button", { name: "Older" }).isDisabled()).toBe(true);
    await samples.getByRole("button", { name: "Newer" }).click();
    await expect.poll(async () => (await times()).length).toBe(30);
    await samples.getByRole("button", { name: "Newest" }).click();
    await expect.poll(times).toEqual(first);
  });

  it("shows power where watts are known, and containers with bars and exit codes", async () => {
    await page.getByTestId("chart-power").locator("canvas").waitFor();
    await page.getByTestId("chart-power").locator(".u-over").hover();
    await expect
      .poll(() => page.getByTestId("chart-power").getByTestId("chart-tip").innerText())
      .toMatch(/^[\d.]+ W\s*\d\d:\d\d:\d\d$/);
    const containers = page.getByTestId("containers");
    await containers.locator("[data-container=web]").getByText("of limit").waitFor();
    await containers.locator("[data-container=web]").getByText("of 0.5 cores").waitFor();
    await containers.locator("[data-container=job]").getByText("exit code 137").waitFor();
    await page.evaluate(() => scrollTo(0, 0));
    await page.getByTestId("chart-cpu").locator(".u-over").hover();
    await page.getByTestId("chart-cpu").getByTestId("chart-tip").waitFor();
    await screenshot(page, "server");
    await page.mouse.move(0, 0);
    expect(await accessibilityProblems()).toEqual([]);
  });

  it("lets a server of the old monitor appear by itself", async () => {
    await visit("/");
    await block("this-machine").waitFor();
    expect(await postMonitorInfo(server.url, "agent_ss")).toMatchObject({ success: true });
    await block("agent_ss").and(page.locator("[data-state=on]")).waitFor();
  });

  it("takes the old server manager's client by the key of the page", async () => {
    const old_key = await addServer("nas");
    expect(await sendCollector(server.url, old_key)).toBe("Success!");
    await page.getByTestId("first-report").getByText("nas reported at").waitFor();
    await addServer("new-box");
    await visit("/");
    await block("nas").getByText("35.2").waitFor();
    await block("new-box").and(page.locator("[data-state=empty]")).waitFor();
  });

  it("tells the owner of reports that were refused", async () => {
    const response = await fetch(`${server.url}/api/v1/reports`, {
      method: "POST",
      headers: { Authorization: "Bearer wk_nobodys", "Content-Type": "application/json" },
      body: "{}",
    });
    expect(response.status).toBe(401);
    await page.reload();
    const refusals = page.getByTestId("refusals");
    await refusals.getByRole("button", { name: "Show the newest" }).click();
    await refusals.getByText("/api/v1/reports").waitFor();
    await refusals.getByRole("button", { name: "Dismiss" }).click();
    await refusals.waitFor({ state: "detached" });
  });

  it("searches by key and filters by state, and keeps both over a reload", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("gpu");
    await block("this-machine").waitFor({ state: "detached" });
    await block("gpu3").waitFor();
    await page.reload();
    await block("gpu3").waitFor();
    expect(await block("this-machine").count()).toBe(0);
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    await block("this-machine").waitFor();
    await page.getByTestId("summary").getByRole("button", { name: /\d on/ }).click();
    await page.waitForURL("**/?show=on");
    await page.getByTestId("summary").getByRole("button", { name: /\d on/ }).click();
    await page.mouse.move(0, 0);
  });

  it("moves between blocks by arrow keys, opens by Enter, and helps by ?", async () => {
    await page.keyboard.press("/");
    await page.keyboard.press("ArrowDown");
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("href"));
    const first = await focused();
    await page.keyboard.press("ArrowRight");
    const second = await focused();
    expect(first).toMatch(/^\/servers\/\d+$/);
    expect(second).not.toBe(first);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await focused()).toBe(second);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**${second}`);
    await page.goBack();
    await block("gpu3").waitFor();
  });

  it("shows a red OFF and since when after the agent is killed", async () => {
    await agent?.kill();
    const off = block("this-machine").and(page.locator("[data-state=off]"));
    await off.waitFor({ timeout: kUntilOffMs });
    await off.getByText("OFF", { exact: true }).waitFor();
    await off.getByText(/^since \d\d:\d\d:\d\d$/).waitFor();
    const [red = 0, green = 255, blue = 255] = await off.evaluate((element) =>
      (getComputedStyle(element).backgroundColor.match(/\d+/g) ?? []).map(Number),
    );
    expect(red).toBeGreaterThan(2 * Math.max(green, blue));
    await page
      .getByTestId("summary")
      .getByRole("button", { name: /^\d off$/ })
      .waitFor();
    await screenshot(page, "fleet");
    expect(await accessibilityProblems()).toEqual([]);
  });

  it("is as good in the dark", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await screenshot(page, "fleet-dark");
    expect(await accessibilityProblems()).toEqual([]);
    await block("gpu3").getByRole("link").click();
    await page.getByTestId("chart-power").locator("canvas").waitFor();
    await screenshot(page, "server-dark");
    expect(await accessibilityProblems()).toEqual([]);
    await page.emulateMedia({ colorScheme: "light" });
    await visit("/");
  });

  it("turns on again when the agent returns", async () => {
    agent = startAgent(server.url, key);
    await block("this-machine").and(page.locator("[data-state=on]")).waitFor();
    await visit(server_path);
    await page.getByTestId("events").getByText("OFF → on").waitFor();
  });

  it("says since when the connection is lost, and resumes by itself", async () => {
    await server.program?.kill();
    await page.getByTestId("live-banner").getByText("Connection lost since").waitFor();
    await server.start();
    await page.getByTestId("live-banner").waitFor({ state: "detached" });
    const newest = page.getByTestId("samples").locator("tbody tr").first().locator("td").first();
    const before = await newest.innerText();
    await expect.poll(() => newest.innerText(), { timeout: 30_000 }).not.toBe(before);
    // A connection that breaks is an error line of the browser, not of the page.
    watch.take();
  });

  it("fits a phone: two blocks abreast, nothing wider than the screen, charts by touch", async () => {
    const state = await page.context().storageState();
    const phone = await newPage(browser, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      deviceScaleFactor: 2,
      storageState: state,
    });
    await phone.page.goto(server.url);
    const blocks = phone.page.locator("[data-block]");
    await blocks.nth(2).waitFor();
    const boxes = await Promise.all([0, 1, 2].map((index) => blocks.nth(index).boundingBox()));
    expect(boxes[0]?.y).toBe(boxes[1]?.y);
    expect(boxes[2]?.y).toBeGreaterThan(boxes[1]?.y ?? 0);
    const overflow = () =>
      phone.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await overflow()).toBe(0);
    await screenshot(phone.page, "phone");
    await phone.page.locator('article[data-name="gpu3"] a').tap();
    await phone.page.getByTestId("chart-cpu").locator("canvas").waitFor();
    await phone.page.getByTestId("chart-cpu").locator(".u-over").tap();
    await expect
      .poll(() => phone.page.getByTestId("chart-cpu").getByTestId("chart-tip").innerText())
      .toMatch(/^[\d.]+ %\s*\d\d:\d\d:\d\d$/);
    expect(await overflow()).toBe(0);
    await screenshot(phone.page, "phone-server");
    expect(phone.watch.take()).toEqual([]);
    await phone.page.context().close();
  });

  it("speaks Korean when asked, and remembers it", async () => {
    await visit("/");
    await page.getByRole("button", { name: /한국어/ }).click();
    await page.getByRole("link", { name: "서버 추가" }).waitFor();
    await page.reload();
    await page.getByRole("link", { name: "서버 추가" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("ko");
    await screenshot(page, "fleet-ko");
    await page.getByRole("button", { name: /English/ }).click();
    await page.getByRole("link", { name: "Add server" }).waitFor();
  });

  it("deletes a server only after asking, and names what is lost", async () => {
    await visit("/");
    await row("this-machine").getByRole("button", { name: "Delete this-machine" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete this-machine?" });
    await dialog.getByText("all its samples").waitFor();
    await dialog.getByRole("button", { name: "Keep it" }).click();
    await dialog.waitFor({ state: "detached" });
    await row("this-machine").waitFor();
    await row("this-machine").getByRole("button", { name: "Delete this-machine" }).click();
    await dialog.getByRole("button", { name: "Delete this-machine" }).click();
    await page.getByText("this-machine was deleted.").waitFor();
    expect(await block("this-machine").count()).toBe(0);
    await page.reload();
    await block("gpu3").waitFor();
    expect(await row("this-machine").count()).toBe(0);
  });

  it("says so where there is nothing", async () => {
    watch.expect(404);
    await visit(server_path);
    await page.getByRole("heading", { name: "No such server" }).waitFor();
    await visit("/no/such/page");
    await page.getByRole("heading", { name: "No such page" }).waitFor();
    await page.getByRole("link", { name: "To the fleet" }).click();
    await block("gpu3").waitFor();
  });

  it("asks to log in again when the session is gone, and goes on where one was", async () => {
    watch.expect(401);
    await block("gpu3").getByRole("link").click();
    await page.getByTestId("samples").locator("tbody tr").first().waitFor();
    const path = new URL(page.url()).pathname;
    await page.context().clearCookies();
    await page.getByTestId("samples").getByRole("button", { name: "Older" }).click();
    await page.waitForURL("**/login?next=*");
    await page.getByText("You are logged out.").waitFor();
    await login();
    await page.waitForURL(`**${path}*`);
    await page.getByTestId("samples").locator("tbody tr").first().waitFor();
  });

  it("logs out, and nothing can be read any more", async () => {
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL("**/login*");
    expect(await page.evaluate(async () => (await fetch("/api/v1/servers")).status)).toBe(401);
  });
});
