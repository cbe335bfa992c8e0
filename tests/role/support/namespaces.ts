import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { ENVIRONMENT } from "./command.ts";

const FOLDER = "/run/netns";

/** File that stands for a network namespace, as `nsenter --net=` wants it. */
export function namespaceFile(name: string): string {
  return `${FOLDER}/${name}`;
}

/** Names of this machine's network namespaces. */
export function namespaces(): string[] {
  return existsSync(FOLDER) ? readdirSync(FOLDER) : [];
}

/** Runs `ip`. @param words of its command line, parted by blanks */
export function ip(words: string): string {
  return execFileSync("ip", words.split(" "), { encoding: "utf8", env: ENVIRONMENT });
}

/** Ends what runs in a network namespace and removes it. Harmless when there is none. */
export function removeNamespace(name: string): void {
  if (!existsSync(namespaceFile(name))) return;
  for (const pid of pidsIn(name)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // Gone by itself.
    }
  }
  try {
    ip(`netns delete ${name}`);
  } catch (error) {
    // Another process may have been faster.
    if (existsSync(namespaceFile(name))) throw error;
  }
}

function pidsIn(name: string): string[] {
  try {
    return ip(`netns pids ${name}`).split("\n").filter(Boolean);
  } catch (error) {
    if (existsSync(namespaceFile(name))) throw error;
    return [];
  }
}
