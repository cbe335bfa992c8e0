import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";

/** Where a measurement was made. */
export function machine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    architecture: arch(),
    kernel: release(),
    loadAverage: readFileSync("/proc/loadavg", "utf8").split(" ")[0]!,
  };
}

/** What was measured. */
export function versions(): Record<string, string> {
  const output = (command: string, args: readonly string[]): string => {
    try {
      return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      return "unknown";
    }
  };
  const folder = import.meta.dirname;
  return {
    commit: output("git", ["-C", folder, "rev-parse", "--short", "HEAD"]),
    node: process.version,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
    peer: output("dpkg-query", ["-W", "-f=${Version}", "rtpengine-daemon"]),
  };
}
