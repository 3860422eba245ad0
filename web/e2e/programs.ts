// The real programs, each with its own temporary folder and port.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const kStartMs = 30_000;
const kStopMs = 15_000;

export const binFolder = process.env.WAKEFUL_BIN ? resolve(process.env.WAKEFUL_BIN) : "";

/** Why the programs cannot be run, or null. */
export function missingPrograms(): string | null {
  if (binFolder === "") return "WAKEFUL_BIN is not set";
  const missing = ["wakeful", "wakeful-agent"].find((name) => !existsSync(join(binFolder, name)));
  return missing ? `${join(binFolder, missing)} is not there` : null;
}

/** A running program and everything that it printed. */
export class Program {
  output = "";
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  #listeners = new Set<() => void>();

  constructor(name: string, args: string[]) {
    this.child = spawn(join(binFolder, name), args, { stdio: ["ignore", "pipe", "pipe"] });
    const take = (data: Buffer) => {
      this.output += data.toString();
      for (const listener of this.#listeners) listener();
    };
    this.child.stdout?.on("data", take);
    this.child.stderr?.on("data", take);
    this.ended = new Promise((done) => this.child.on("close", (code) => done(code)));
  }

  /** The first match in what it prints, waiting for it. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((done, fail) => {
      const finish = (result: () => void) => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        result();
      };
      const look = () => {
        const match = pattern.exec(this.output);
        if (match) finish(() => done(match));
      };
      const give_up = (why: string) =>
        finish(() => fail(new Error(`${why} without ${pattern}. It printed:\n${this.output}`)));
      const timer = setTimeout(() => give_up(`${kStartMs} ms passed`), kStartMs);
      void this.ended.then(() => give_up("the program ended"));
      this.#listeners.add(look);
      look();
    });
  }

  /** As a crash would. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** As systemd would. Gives the exit code. */
  async stop(): Promise<number | null> {
    const timer = setTimeout(() => this.child.kill("SIGKILL"), kStopMs);
    this.child.kill("SIGTERM");
    const code = await this.ended;
    clearTimeout(timer);
    return code;
  }
}

export class Server {
  readonly data = mkdtempSync(join(tmpdir(), "wakeful-e2e-"));
  program: Program | null = null;
  url = "";

  /** Start on a free port, or again on the same. */
  async start(): Promise<void> {
    const listen = this.url === "" ? "127.0.0.1:0" : new URL(this.url).host;
    this.program = new Program("wakeful", ["serve", "--data", this.data, "--listen", listen]);
    this.url = (await this.program.waitFor(/listening on (http:\/\/\S+)/))[1] ?? "";
  }

  async setupLink(): Promise<string> {
    return (await this.program?.waitFor(/(http\S+\/setup\?token=\S+)/))?.[1] ?? "";
  }

  async end(): Promise<number | null> {
    const code = (await this.program?.stop()) ?? null;
    rmSync(this.data, { recursive: true, force: true });
    return code;
  }
}

export function startAgent(url: string, key: string): Program {
  return new Program("wakeful-agent", ["--server", url, "--key", key, "--interval", "1s"]);
}
