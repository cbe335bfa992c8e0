import { createSocket } from "node:dgram";
import type { OpenTransport } from "./transport.ts";

/** NG over UDP. The socket is connected: only the server's own replies come in. */
export const openUdp: OpenTransport = async (server, events) => {
  const socket = createSocket(server.family === 4 ? "udp4" : "udp6");
  socket.on("message", (datagram) => events.message(datagram));
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.connect(server.port, server.address, () => {
      socket.off("error", reject);
      resolve();
    });
  });
  socket.on("error", (error) => events.trouble(error));
  let isClosed = false;
  return {
    isLossy: true,
    send: (bytes) => {
      socket.send(bytes, (error) => {
        if (error !== null && !isClosed) events.trouble(error);
      });
    },
    close: () => {
      if (isClosed) return Promise.resolve();
      isClosed = true;
      return new Promise((resolve) => socket.close(resolve));
    },
  };
};
