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
    it.each(["steered", "sockets"])(
      "costs the %s backend the unroutable copies only: the kernel fragments",
      async (backend) => {
        // 20 copies have no route; 5 packets of 1512 bytes do not fit.
        expect(await relay(backend)).toEqual({ packetsIn: 20, packetsOut: 20, sendFailed: 20, received: 20 });
      },
    );
  },
);
