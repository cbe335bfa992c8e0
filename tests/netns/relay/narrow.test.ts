import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { IS_ROOT } from "./support/backends.ts";

const PROGRAM = fileURLToPath(new URL("./support/narrow.ts", import.meta.url));

async function relay(backend: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)("unshare", ["-n", process.execPath, PROGRAM, backend]);
  return JSON.parse(stdout);
}

describe.skipIf(!IS_ROOT)(
  IS_ROOT ? "a network with a small MTU and no routes" : "skipped: needs root",
  () => {
    it("costs the steered backend the long packets and the unroutable copies, and nothing else", async () => {
      // 20 copies have no route; 5 packets of 1512 bytes do not fit, and raw packets are not fragmented.
      expect(await relay("steered")).toEqual({ packetsIn: 20, packetsOut: 15, sendFailed: 25, received: 15 });
    });

    it("costs the sockets backend the unroutable copies only: the kernel fragments", async () => {
      expect(await relay("sockets")).toEqual({ packetsIn: 20, packetsOut: 20, sendFailed: 20, received: 20 });
    });
  },
);
