// Says which ports refuse a datagram: node udp-probe.mjs ADDRESS:PORT…; one a line, after a while of listening to ICMP.
import { createSocket } from "node:dgram";

const LISTEN_MS = 200;

for (const endpoint of process.argv.slice(2)) {
  const colon = endpoint.lastIndexOf(":");
  const address = endpoint.slice(0, colon).replace(/^\[|\]$/g, "");
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.once("error", () => process.stdout.write(`${endpoint}\n`));
  socket.connect(Number(endpoint.slice(colon + 1)), address, () => socket.send("?"));
}
setTimeout(() => process.exit(0), LISTEN_MS);
