import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { eventually } from "./child.ts";
import { ownLoopback, type RunningDaemon, startDaemon } from "./daemon.ts";
import { audioSdp, Ng, type NgJson } from "./ng.ts";

const COLLECT = fileURLToPath(new URL("./collect-on-signal.mjs", import.meta.url));

const PORT_MIN = 20_000;

/** A daemon alone on a loopback address, what can be seen of it from outside, and a proxy's voice. */
export class Subject implements AsyncDisposable {
  readonly address: string;
  readonly daemon: RunningDaemon;
  readonly ng: Ng;

  readonly #portCount: number;

  private constructor(address: string, portCount: number, daemon: RunningDaemon, ng: Ng) {
    this.address = address;
    this.#portCount = portCount;
    this.daemon = daemon;
    this.ng = ng;
  }

  static async start(backend: string, portCount: number, more: readonly string[] = []): Promise<Subject> {
    const address = ownLoopback();
    const args = [
      `--interface=${address}`,
      `--listen-ng=${address}:2223`,
      `--backend=${backend}`,
      `--port-min=${PORT_MIN}`,
      `--port-max=${PORT_MIN + portCount - 1}`,
      "--num-threads=1",
      "--log-level=5",
      ...more,
    ];
    const daemon = await startDaemon(args, { env: { NODE_OPTIONS: `--import=${COLLECT}` } });
    return new Subject(address, portCount, daemon, await Ng.open(address, 2223));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ng.close();
    await this.daemon.child.stop("SIGKILL");
  }

  /** Open descriptors. */
  descriptors(): number {
    return readdirSync(`/proc/${this.daemon.pid}/fd`).length;
  }

  /** Ports of the media range that sockets are bound to. */
  boundPorts(): number[] {
    const ip = this.address
      .split(".")
      .reverse()
      .map((byte) => Number(byte).toString(16).padStart(2, "0"));
    const pattern = new RegExp(`: ${ip.join("")}:([0-9A-F]{4}) `, "gi");
    const ports = [...readFileSync("/proc/net/udp", "utf8").matchAll(pattern)].map(([, hex]) =>
      Number(`0x${hex}`),
    );
    return ports.filter((port) => port >= PORT_MIN && port < PORT_MIN + this.#portCount);
  }

  /** Ports that the daemon says it uses. */
  async usedPorts(): Promise<number> {
    const { statistics } = await this.ng.ask("statistics");
    return statistics.interfaces[0].ports.used;
  }

  /** Checks that no call is left, and no port: by the daemon's word and by the system's. */
  async expectNoCalls(): Promise<void> {
    expect(await this.callIds()).toEqual([]);
    expect(await this.usedPorts()).toBe(0);
    expect(this.boundPorts()).toEqual([]);
  }

  /** Resident memory after all garbage is collected, kB. */
  async residentKilobytes(): Promise<number> {
    const { child, pid } = this.daemon;
    const before = child.output.length;
    child.signal("SIGUSR2");
    await eventually(() => child.output.includes("collected", before), 5000);
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
  }

  /** An offer and its answer. @returns the first reply that is an error, else the answer's */
  async call(callId: string, callerPort = 4000, calleePort = 4002): Promise<NgJson> {
    const ids = { "call-id": callId, "from-tag": "caller", replace: ["origin"] };
    const offer = await this.ng.ask("offer", { ...ids, sdp: audioSdp("127.0.0.1", callerPort) });
    if (offer.result !== "ok") return offer;
    return this.ng.ask("answer", { ...ids, "to-tag": "callee", sdp: audioSdp("127.0.0.1", calleePort) });
  }

  hangUp(callId: string): Promise<NgJson> {
    return this.ng.ask("delete", { "call-id": callId, "from-tag": "caller", "delete-delay": 0 });
  }

  async callIds(): Promise<string[]> {
    return (await this.ng.ask("list", { limit: 1_000_000 })).calls;
  }
}
