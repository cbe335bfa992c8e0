import type { Buffer } from "node:buffer";
import { connect } from "node:net";
import { NgStreamSplitter } from "../wire/ng/stream.ts";
import type { OpenTransport } from "./transport.ts";

/** NG over TCP: messages back to back on one connection. */
export const openTcp: OpenTransport = async (server, events) => {
  const socket = connect({ host: server.address, port: server.port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve();
    });
  });
  const splitter = new NgStreamSplitter();
  let isLost = false;
  const lose = (error: Error): void => {
    if (isLost) return;
    isLost = true;
    socket.destroy();
    events.lost(error);
  };
  socket.on("data", (chunk: Buffer) => {
    try {
      for (const message of splitter.push(chunk)) events.message(message);
    } catch (error) {
      lose(error as Error);
    }
  });
  socket.on("error", lose);
  socket.on("close", () => lose(new Error("the server closed the connection")));
  return {
    isLossy: false,
    send: (bytes) => void socket.write(bytes),
    close: () => {
      isLost = true;
      if (socket.closed) return Promise.resolve();
      return new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.destroy();
      });
    },
  };
};
