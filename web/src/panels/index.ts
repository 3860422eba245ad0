// Every chart of the server page, in its order.
import { cpu } from "./cpu";
import { memory, memoryRatio } from "./memory";
import type { Panel } from "./panel";
import { power } from "./power";

export const panels: Panel[] = [cpu, power, memory, memoryRatio];
