import { availableParallelism } from "node:os";
import type { Config } from "../config/config.ts";
import { createDataplane, type Dataplane } from "../dataplane/index.ts";
import { Level, type Log } from "../observe/log.ts";

const LEVELS = { info: Level.Info, warning: Level.Warning, error: Level.Error } as const;

/** The data plane that a configuration asks for. */
export function openDataplane(config: Config, log: Log): Promise<Dataplane> {
  return createDataplane({
    interfaces: config.interfaces,
    workers: Math.min(config.numThreads ?? availableParallelism(), MAX_WORKERS),
    backend: config.backend,
    fastpath: config.fastpath,
    random: Math.random,
    ...priorityOf(config),
    log: (level, message) => log.write(LEVELS[level], "relay", message),
  });
}

/** Beyond that, more relay threads only get in each other's way. */
const MAX_WORKERS = 16;

/** Real-time priority of the relay threads: a low one unless `scheduling` says otherwise. */
function priorityOf({ scheduling, priority }: Config): { readonly realtimePriority?: number } {
  if (scheduling === undefined) return {};
  const isRealtime = scheduling === "fifo" || scheduling === "rr";
  if (!isRealtime) return { realtimePriority: 0 };
  return priority >= 1 && priority <= 99 ? { realtimePriority: priority } : {};
}
