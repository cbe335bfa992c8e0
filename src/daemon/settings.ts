import type { Config } from "../config/config.ts";
import type { EngineSettings } from "../engine/index.ts";

/** What the engine takes from the configuration at the start. */
export function settingsOf(config: Config): EngineSettings {
  return {
    timeoutSeconds: config.timeoutSeconds,
    silentTimeoutSeconds: config.silentTimeoutSeconds,
    offerTimeoutSeconds: config.offerTimeoutSeconds,
    finalTimeoutSeconds: config.finalTimeoutSeconds,
    deleteDelaySeconds: config.deleteDelaySeconds,
    maxSessions: config.maxSessions,
    maxLoad: config.maxLoad,
    maxCpuPercent: config.maxCpuPercent,
    maxBandwidthBytesPerSecond: config.maxBandwidthBytesPerSecond,
    endpointLearning: config.endpointLearning,
    distrustsSdp: config.sipSource,
    defaultTos: config.tos,
    rejectsInvalidSdp: config.rejectInvalidSdp,
  };
}

/** Templates of these names apply to every request, or to every one of a verb. */
export function defaultTemplates(config: Config, command: string): string[] {
  return ["default", command].map((name) => config.templates.get(name)).filter((text) => text !== undefined);
}
