import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { NgService } from "../../../src/control/ng/service.ts";
import { NgTcpListener } from "../../../src/control/ng/tcp-listener.ts";
import { Level, Log } from "../../../src/observe/log.ts";

const LOOPBACK = { address: "127.0.0.1", family: 4, port: 0 } as const;
const PING = "1_1 d7:command4:pinge";

let listener: NgTcpListener | undefined;

afterEach(async () => {
  await listener?.close();
});

describe("NG over TCP", () => {
  it("stops working for a client that does not read, whatever it has asked for in one go", async () => {
    let answered = 0;
    const service = {
      answer: () => {
        answered++;
        return "x".repeat(1 << 20);
      },
    } as unknown as NgService;
    listener = await NgTcpListener.open(LOOPBACK, service, new Log(Level.Error, () => {}));
    const socket = connect({ host: "127.0.0.1", port: listener.port });
    socket.pause();
    const isClosed = new Promise((resolve) => socket.on("close", resolve).on("error", () => {}));
    socket.write(PING.repeat(2000));
    await new Promise((resolve) => setTimeout(resolve, 500));
    socket.resume();
    await isClosed;
    expect(answered).toBeLessThan(100);
  });
});
