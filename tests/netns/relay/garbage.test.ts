import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { BACKENDS, IS_ROOT } from "./support/backends.ts";

const PROGRAM = fileURLToPath(new URL("./support/circulating.ts", import.meta.url));
/** A sixteen-byte object a packet fills a megabyte in fewer packets than this. */
const ENOUGH_PACKETS = 70_000;

/** Relays for some seconds in a process of its own. @returns packets, and the collections meanwhile */
async function relay(...args: string[]): Promise<{ packets: number; collections: string[] }> {
  const flags = ["--trace-gc", "--max-semi-space-size=1", "--min-semi-space-size=1"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, PROGRAM, ...args]);
  const window = /BEGIN\n([\s\S]*)END\n/.exec(stdout)?.[1];
  if (window === undefined) throw new Error(`no measurement in: ${stdout}`);
  return {
    packets: Number(/PACKETS (\d+)/.exec(stdout)?.[1]),
    collections: window.split("\n").filter((line) => /Scavenge|Mark-Compact|Minor/.test(line)),
  };
}

describe.each(BACKENDS)("$name", ({ name, needsRoot }) => {
  describe.skipIf(needsRoot && !IS_ROOT)(
    needsRoot && !IS_ROOT ? "skipped: needs root" : "the packet loop",
    () => {
      it.each(["4", "6"])("makes no garbage over IPv%s", async (family) => {
        const { packets, collections } = await relay(name, family);
        expect(packets).toBeGreaterThan(ENOUGH_PACKETS);
        expect(collections).toEqual([]);
      });

      it("would be caught at one small object a packet", async () => {
        const { packets, collections } = await relay(name, "4", "./worker-leaking.ts");
        expect(packets).toBeGreaterThan(ENOUGH_PACKETS);
        expect(collections.length).toBeGreaterThan(0);
      });
    },
  );
});
