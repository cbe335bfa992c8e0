import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { findPortOwner, parseSocketTable } from "../../../src/platform/port-owner.ts";

const HEADER =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

describe("the kernel's socket tables", () => {
  it("are read with addresses in the host's byte order", () => {
    const four =
      "  12: 0100007F:08AF 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 12345 2 0 0";
    const six =
      "   3: B80D0120000000000000000001000000:2695 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 678 1 0";
    expect(parseSocketTable(`${HEADER}\n${four}\n${six}\n`)).toEqual([
      { local: { family: 4, address: "127.0.0.1", port: 2223 }, state: 7, userId: 1000, inode: "12345" },
      { local: { family: 6, address: "2001:db8::1", port: 9877 }, state: 10, userId: 0, inode: "678" },
    ]);
  });

  it("may hold lines that are none", () => {
    expect(parseSocketTable(`${HEADER}\nnonsense\n 1: XX:YY\n\n`)).toEqual([]);
    expect(parseSocketTable("")).toEqual([]);
  });

  it("name the process that has a UDP or a TCP port, also through the any address", async () => {
    const udp = createSocket("udp4");
    await new Promise<void>((resolve) => udp.bind(0, "0.0.0.0", resolve));
    const tcp = createServer();
    await new Promise<void>((resolve) => tcp.listen(0, "127.0.0.1", resolve));
    const { port } = tcp.address() as { port: number };
    const local = { family: 4, address: "127.0.0.1" } as const;
    expect(findPortOwner("udp", { ...local, port: udp.address().port })?.process).toMatchObject({
      pid: process.pid,
      name: "node",
    });
    expect(findPortOwner("tcp", { ...local, port })).toMatchObject({
      local: { ...local, port },
      userId: process.getuid?.(),
    });
    await new Promise((resolve) => udp.close(() => tcp.close(resolve)));
    expect(findPortOwner("tcp", { ...local, port })).toBeUndefined();
  });
});
