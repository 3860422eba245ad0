// The JSON of docs/protocol.md §5, with its names. tests/fixtures/api keeps both sides together.

export type ServerState = "empty" | "on" | "off";
export type Role = "admin" | "operator" | "viewer";
/** Newest values by metric name. What is not known is absent. */
export type Metrics = Record<string, number>;

export interface Session {
  user: { name: string; role: Role } | null;
  setup_needed: boolean;
  version: string;
}

export interface Warning {
  kind: string;
  message: string;
}

export interface SourceProblem {
  source: string;
  code: string;
  message: string;
}

export interface Summary {
  id: number;
  name: string;
  state: ServerState;
  state_since_ms: number | null;
  last_report_ms: number | null;
  origin: string;
  interval_ms: number;
  metrics: Metrics;
  /** At most 30, oldest first. */
  cpu_history: (number | null)[];
  containers_running: number | null;
  containers_total: number | null;
  warnings: Warning[];
  problems: SourceProblem[];
}

export interface HostFacts {
  hostname: string | null;
  kernel: string | null;
  os: string | null;
  architecture: string | null;
  cpu_count: number | null;
  agent_version: string | null;
  boot_id: string | null;
}

export interface UserSession {
  name: string;
  terminal: string | null;
  remote_host: string | null;
  since_ms: number | null;
}

export interface Container {
  name: string;
  id: string | null;
  engine: string | null;
  image: string | null;
  state: string;
  status_text: string | null;
  exit_code: number | null;
  metrics: Metrics;
}

export interface Detail extends Summary {
  facts: HostFacts;
  users: UserSession[];
  /** null: not known; empty: there are none. */
  containers: Container[] | null;
  /** null: an offline CPU. */
  core_cpu_ratio: (number | null)[];
}

export interface ServerList {
  servers: Summary[];
  server_time_ms: number;
}

export interface NewServer {
  id: number;
  name: string;
  /** Shown once and never again. */
  key: string;
}

/** Aligned columns, oldest first. */
export interface Columns {
  metrics: string[];
  time_ms: number[];
  columns: Record<string, (number | null)[]>;
  /** Older samples exist. */
  more: boolean;
}

/** One line over time. All lists are as long as the answer's time_ms; where count is 0 there is a gap. */
export interface SeriesLine {
  server: number;
  entity: string;
  metric: string;
  unit: string;
  count: number[];
  min: (number | null)[];
  avg: (number | null)[];
  max: (number | null)[];
}

export interface SeriesAnswer {
  /** The beginning of the first step. */
  from_ms: number;
  step_ms: number;
  /** From what it was answered: raw, minutes or hours. */
  tier: string;
  /** The beginning of each step. */
  time_ms: number[];
  series: SeriesLine[];
}

export interface ServerEvent {
  time_ms: number;
  kind: string;
  from: ServerState | null;
  to: ServerState | null;
  cause: string;
}

export interface Refusal {
  time_ms: number;
  address: string;
  path: string;
  status: number;
  detail: string;
}

export interface Refusals {
  total: number;
  recent: Refusal[];
}
