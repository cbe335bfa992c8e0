import type { EndpointLearning } from "../flow/flow.ts";

/** What the engine obeys; the CLI and `set` may change it while it runs. Seconds as upstream's options. */
export interface EngineSettings {
  timeoutSeconds: number;
  silentTimeoutSeconds: number;
  offerTimeoutSeconds: number;
  finalTimeoutSeconds: number;
  deleteDelaySeconds: number;
  /** Negative: no limit. */
  maxSessions: number;
  /** One-minute load average; 0: no limit. */
  maxLoad: number;
  /** Per cent of all CPUs; 0: no limit. */
  maxCpuPercent: number;
  /** Bytes a second; 0: no limit. */
  maxBandwidthBytesPerSecond: number;
  endpointLearning: EndpointLearning;
  distrustsSdp: boolean;
  defaultTos: number;
  /** Refuse an SDP with an empty line instead of ending it there. */
  rejectsInvalidSdp: boolean;
}

/** What the host is doing right now, for the limits. */
export interface HostLoad {
  readonly loadAverage: number;
  readonly cpuPercent: number;
  readonly bytesPerSecond: number;
}

/** What stands in the way of another call; the words of the limits are the NG protocol's. */
export type LimitReason =
  | "Draining"
  | "Parallel session limit reached"
  | "Load limit exceeded"
  | "CPU usage limit exceeded"
  | "Bandwidth limit exceeded";

/** The first limit that another call would break. */
export function limitReached(
  settings: EngineSettings,
  sessions: number,
  load: HostLoad,
): LimitReason | undefined {
  if (settings.maxSessions >= 0 && sessions >= settings.maxSessions) return "Parallel session limit reached";
  if (settings.maxLoad > 0 && load.loadAverage >= settings.maxLoad) return "Load limit exceeded";
  if (settings.maxCpuPercent > 0 && load.cpuPercent >= settings.maxCpuPercent)
    return "CPU usage limit exceeded";
  const { maxBandwidthBytesPerSecond: bandwidth } = settings;
  if (bandwidth > 0 && load.bytesPerSecond >= bandwidth) return "Bandwidth limit exceeded";
  return undefined;
}
