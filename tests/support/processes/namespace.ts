import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { Child, type ChildOptions } from "./child.ts";

const PREFIX = "rts-";
let count = 0;
const open = new Set<string>();
// A run that is interrupted leaves nothing either; one that is killed leaves it to the next (`removeOrphans`).
process.once("exit", () => {
  for (const name of open) remove(name);
});

const ip = (...args: string[]): string => execFileSync("ip", args, { encoding: "utf8" });

/** A network namespace with nothing but loopback; root only. Close it: that also ends what runs in it. */
export class Namespace {
  readonly name: string;

  /** @param addresses IPv4 and IPv6 addresses that its loopback gets */
  constructor(addresses: readonly string[]) {
    removeOrphans();
    this.name = `${PREFIX}${process.pid}-${count++}`;
    ip("netns", "add", this.name);
    open.add(this.name);
    try {
      ip("-n", this.name, "link", "set", "lo", "up");
      for (const address of addresses) {
        ip("-n", this.name, "address", "add", `${address}/${address.includes(":") ? 128 : 32}`, "dev", "lo");
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  start(command: string, args: readonly string[], options: ChildOptions = {}): Child {
    return new Child(command, args, { ...options, namespace: this.name });
  }

  close(): void {
    open.delete(this.name);
    remove(this.name);
  }
}

/** A test process that was killed could not tidy up. */
function removeOrphans(): void {
  let names: string[] = [];
  try {
    names = readdirSync("/run/netns");
  } catch {
    // No namespace was ever made here.
  }
  for (const name of names) {
    const [, owner] = /^rts-(\d+)-\d+$/.exec(name) ?? [];
    if (owner !== undefined && !isAlive(Number(owner))) remove(name);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function remove(name: string): void {
  for (const pid of ip("netns", "pids", name).split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // Gone by itself.
    }
  }
  ip("netns", "del", name);
}
