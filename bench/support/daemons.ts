import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

/** How to start an engine for a measurement. */
export interface DaemonOptions {
  /** Address of the media interface. */
  readonly interface: string;
  readonly ngPort: number;
  /** CPUs it may use, as `taskset -c` takes them. */
  readonly cpus: string;
  readonly portMin: number;
  readonly portMax: number;
  readonly extra?: readonly string[];
  /** Network namespace to run in. */
  readonly namespace?: string;
  /** A command that starts the engine: `chrt -f 50` for one. */
  readonly through?: readonly string[];
}

/** A running engine. */
export interface MeasuredDaemon {
  readonly name: "ours" | "peer";
  readonly pid: number;
  readonly ngPort: number;
  stop(): Promise<void>;
}

const common = (options: DaemonOptions): string[] => [
  "--config-file=none",
  "--table=-1",
  "--foreground",
  "--log-stderr",
  "--log-level=3",
  "--delete-delay=0",
  `--interface=${options.interface}`,
  `--listen-ng=127.0.0.1:${options.ngPort}`,
  `--port-min=${options.portMin}`,
  `--port-max=${options.portMax}`,
  ...(options.extra ?? []),
];

/** Starts our engine; resolves when it answers a ping. */
export function startOurs(options: DaemonOptions): Promise<MeasuredDaemon> {
  return start("ours", join(ROOT, "bin/rtpengine"), options);
}

/** Starts Debian's rtpengine; resolves when it answers a ping. */
export function startPeer(options: DaemonOptions): Promise<MeasuredDaemon> {
  return start("peer", "/usr/bin/rtpengine", options);
}

async function start(
  name: "ours" | "peer",
  program: string,
  options: DaemonOptions,
): Promise<MeasuredDaemon> {
  const inside = options.namespace ? ["ip", "netns", "exec", options.namespace] : [];
  const command = [
    ...inside,
    "taskset",
    "-c",
    options.cpus,
    ...(options.through ?? []),
    program,
    ...common(options),
  ];
  const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "ignore", "inherit"] });
  const pid = await answering(child, options);
  return {
    name,
    pid,
    ngPort: options.ngPort,
    stop: async () => {
      const ended = once(child, "exit");
      process.kill(pid, "SIGTERM");
      const timer = setTimeout(() => process.kill(pid, "SIGKILL"), 5000);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function answering(child: ChildProcess, options: DaemonOptions): Promise<number> {
  const pid = child.pid!;
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`engine ended at start: exit ${child.exitCode}`);
    if (options.namespace ? await settled(pid) : await ping(options.ngPort)) return pid;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("engine does not answer pings");
}

/** In another namespace there is no ping from here: the load itself waits for the answer. */
async function settled(pid: number): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return readdirSync(`/proc/${pid}/task`).length > 0;
}

/** Whether an engine answers on a local port; waits a little. */
export function ping(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(false), 200);
    const end = (isAlive: boolean): void => {
      clearTimeout(timer);
      socket.close();
      resolve(isAlive);
    };
    socket.once("message", () => end(true));
    socket.once("error", () => end(false));
    socket.send(`${process.pid}-${process.hrtime.bigint()} d7:command4:pinge`, port, "127.0.0.1");
  });
}

/** CPU time of the threads of a process whose names start so, microseconds. */
export function cpuMicros(pid: number, namePrefix = ""): number {
  let nanos = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      if (!readFileSync(`/proc/${pid}/task/${task}/comm`, "utf8").startsWith(namePrefix)) continue;
      nanos += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // The thread has ended between the two looks.
    }
  }
  return nanos / 1000;
}

/** Resident memory of a process, kilobytes. */
export function residentKilobytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
}
