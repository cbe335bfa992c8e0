import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { askDaemon } from "../../../src/client/index.ts";

let server: Server | undefined;

async function serve(
  answer: (socket: Socket, command: string) => void,
): Promise<{ host: string; port: number }> {
  const started = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data) => answer(socket, data.toString()));
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const { port } = started.address() as { port: number };
  return { host: "127.0.0.1", port };
}

afterEach(() => {
  server?.close();
  server = undefined;
});

describe("askDaemon", () => {
  it("sends one line and takes everything until the daemon closes", async () => {
    const target = await serve((socket, command) => {
      socket.write(`got ${command}`);
      socket.end("end\n");
    });
    expect(await askDaemon(target, "list totals", 1000)).toBe("got list totals\nend\n");
  });

  it("is content with an answer whose connection stays open", async () => {
    const target = await serve((socket) => socket.write("answer\n"));
    expect(await askDaemon(target, "list", 100)).toBe("answer\n");
  });

  it("gives up on a daemon that says nothing", async () => {
    const target = await serve(() => {});
    await expect(askDaemon(target, "list", 100)).rejects.toThrow("no answer from 127.0.0.1");
  });

  it("says so when the connection is closed without an answer, or refused", async () => {
    const target = await serve((socket) => socket.end());
    expect(await askDaemon(target, "list", 1000).catch((error: Error) => error.message)).toMatch(
      /^$|without an answer/,
    );
    await expect(askDaemon({ host: "127.0.0.1", port: 1 }, "list", 1000)).rejects.toThrow(
      "is the daemon running",
    );
  });
});
