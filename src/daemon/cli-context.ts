import type { Clock } from "../base/clock.ts";
import type { Config } from "../config/config.ts";
import type { CliContext } from "../control/cli/command.ts";
import type { NgUdpListener } from "../control/ng/udp-listener.ts";
import type { Dataplane } from "../dataplane/index.ts";
import type { Engine } from "../engine/index.ts";
import type { Log } from "../observe/log.ts";
import type { Snapshot } from "../observe/snapshot.ts";
import { openFileLimit, raiseOpenFileLimit } from "../platform/limits.ts";
import { VERSION } from "./version.ts";

/** What the command line of the running daemon works with. */
export class DaemonCliContext implements CliContext {
  readonly engine: Engine;
  readonly dataplane: Dataplane;
  readonly config: Config;
  readonly log: Log;
  readonly version: string = VERSION;
  readonly snapshot: () => Snapshot;
  readonly now: CliContext["now"];
  readonly unixMicros: CliContext["unixMicros"];
  #sockets: readonly NgUdpListener[] = [];
  #controlTos: number;

  constructor(
    parts: Pick<CliContext, "engine" | "config" | "log" | "snapshot"> & { readonly dataplane: Dataplane },
    clock: Clock,
  ) {
    this.engine = parts.engine;
    this.dataplane = parts.dataplane;
    this.config = parts.config;
    this.log = parts.log;
    this.snapshot = parts.snapshot;
    this.now = () => clock.now();
    this.unixMicros = (at) => clock.unixMicros(at);
    this.#controlTos = parts.config.controlTos;
  }

  /** Names the sockets whose type of service `control-tos` sets, and sets it. */
  attach(sockets: readonly NgUdpListener[]): void {
    this.#sockets = sockets;
    if (this.#controlTos > 0) this.controlTos = this.#controlTos;
  }

  get controlTos(): number {
    return this.#controlTos;
  }

  set controlTos(tos: number) {
    this.#controlTos = tos;
    for (const socket of this.#sockets) {
      if (!socket.setTos(tos)) this.log.warning("ng-tos", "The system refuses control-tos", { tos });
    }
  }

  readonly openFileLimit = (wanted?: number): number =>
    wanted === undefined ? openFileLimit().soft : raiseOpenFileLimit(wanted);
}
