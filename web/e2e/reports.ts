// Reports as agents send them, for servers that this machine is not.

export interface SeedOptions {
  hostname: string;
  key: string;
  count: number;
  interval_ms: number;
  cpu: (index: number) => number;
  watts?: (index: number) => number;
  memory_gib: number;
  /** How long ago the newest of them was; 0 if not said. */
  ended_ms_ago?: number;
}

const GiB = 2 ** 30;
const MiB = 2 ** 20;

const containers = [
  {
    name: "web",
    id: "3f2a91c07d55",
    engine: "docker",
    image: "nginx:1.25",
    state: "running",
    status_text: "Up 3 hours (healthy)",
    metrics: {
      container_cpu_ratio: 0.012,
      container_memory_used_bytes: 48 * MiB,
      container_memory_limit_bytes: 64 * MiB,
      container_cpu_limit_cores: 0.5,
    },
  },
  {
    name: "training",
    id: "77ab01fe2210",
    engine: "docker",
    image: "pytorch/pytorch:2.4.0",
    state: "running",
    status_text: "Up 2 days",
    metrics: { container_cpu_ratio: 0.31, container_memory_used_bytes: 6.5 * GiB },
  },
  {
    name: "job",
    id: "90cd1177aa01",
    engine: "docker",
    image: "busybox",
    state: "exited",
    exit_code: 137,
    status_text: "Exited (137) 2 minutes ago",
  },
];

/** Post a history in one request, as a spool would. */
export async function seed(url: string, options: SeedOptions): Promise<void> {
  const now = Date.now();
  const end = now - (options.ended_ms_ago ?? 0);
  const total = options.memory_gib * GiB;
  const reports = Array.from({ length: options.count }, (_, index) => ({
    agent: { version: "0.1.0", run: `e2e-${options.hostname}` },
    boot_id: `e2e-boot-${options.hostname}`,
    sequence: index + 1,
    time_ms: end - (options.count - 1 - index) * options.interval_ms,
    interval_ms: options.interval_ms,
    host: {
      hostname: options.hostname,
      kernel: "6.1.0-18-amd64",
      os: "Debian GNU/Linux 12 (bookworm)",
      architecture: "x86_64",
      cpu_count: 16,
    },
    metrics: {
      host_cpu_ratio: options.cpu(index),
      host_memory_total_bytes: total,
      host_memory_used_bytes: Math.round(total * 0.4),
      host_memory_available_bytes: Math.round(total * 0.6),
      host_load1: options.cpu(index) * 16,
      host_users: 1,
      host_uptime_seconds: 280_000 + index * 60,
      ...(options.watts ? { host_power_watts: options.watts(index) } : {}),
    },
    core_cpu_ratio: Array.from({ length: 16 }, (_core, core) =>
      Math.min(1, options.cpu(index) * (0.4 + (core % 5) * 0.3)),
    ),
    users: [{ name: "kim", terminal: "pts/0", remote_host: "10.0.0.5", since_ms: now - 8_000_000 }],
    containers,
    problems: [],
  }));
  const response = await fetch(`${url}/api/v1/reports`, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${options.key}`,
      "Content-Type": "application/json",
      "Wakeful-Sent-Ms": String(now),
    },
    body: JSON.stringify(reports),
  });
  if (!response.ok)
    throw new Error(`reports of ${options.hostname}: ${response.status} ${await response.text()}`);
}

/** What the old server manager's client sends. */
export async function sendCollector(url: string, key: string): Promise<string> {
  const query = new URLSearchParams({
    id: key,
    time: "2026-11-20 09:00:00",
    cpu_usage: "7.5",
    power_usage: "35.2",
    user_num: "2",
  });
  return (await fetch(`${url}/?${query.toString()}`)).text();
}

/** What the old Docker/host monitor sends. */
export async function postMonitorInfo(
  url: string,
  agent_id: string,
): Promise<{ success: boolean; resultMessage: string }> {
  const response = await fetch(`${url}/monitor_info`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      engine_type: "docker",
      agent_id,
      ser_cpu_count: 2,
      ser_cpu_percent: 12.5,
      ser_memory_total: 1956.0,
      ser_memory_used: 812.0,
      ser_memory_percent: 41.51,
      ser_get_datetime: new Date().toISOString().slice(0, 19).replace("T", " "),
      container_stats: [],
    }),
  });
  return (await response.json()) as { success: boolean; resultMessage: string };
}
