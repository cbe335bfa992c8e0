export { type CallRecord, Engine, type EngineObserver, type EngineOptions } from "./engine.ts";
export {
  type CallReport,
  type MediaReport,
  type PartyReport,
  reportCall,
  type StreamReport,
} from "./report.ts";
export type { EngineSettings, HostLoad, LimitReason } from "./settings.ts";
