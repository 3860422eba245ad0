// Chromium, and a page that remembers everything that went wrong on it.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const kExecutable = process.env.CHROMIUM ?? "/usr/bin/chromium";

export function missingBrowser(): string | null {
  return existsSync(kExecutable) ? null : `${kExecutable} is not there`;
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: kExecutable, timeout: 60_000 });
}

/** What went wrong, as far as nobody expected it. */
export class Watch {
  #problems: string[] = [];
  #expected = new Set<number>();

  constructor(page: Page) {
    page.on("pageerror", (error) => this.#problems.push(`page error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      // The browser's own line for every answer of 400 and more: those are judged by their status below.
      if (message.text().startsWith("Failed to load resource")) return;
      this.#problems.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on("response", (response) => {
      if (response.status() < 400 || this.#expected.has(response.status())) return;
      this.#problems.push(`${response.status()} from ${response.request().method()} ${response.url()}`);
    });
  }

  /** From now on answers with this status are no problem. */
  expect(...statuses: number[]): void {
    this.#expected = new Set(statuses);
  }

  /** The problems so far; forgets them. */
  take(): string[] {
    const problems = this.#problems;
    this.#problems = [];
    return problems;
  }
}

export async function newPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; watch: Watch }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    ...options,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  return { page, watch: new Watch(page) };
}

export async function screenshot(
  page: Page,
  name: string,
  options: { fullPage?: boolean } = {},
): Promise<void> {
  const folder = process.env.SCREENSHOT_DIR;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), ...options });
}
