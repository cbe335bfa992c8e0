// One NG request from inside a namespace: node ng-ask.mjs ADDRESS PORT JSON; prints the reply's JSON.
import { createSocket } from "node:dgram";

const [address, port, request] = process.argv.slice(2);
const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
socket.on("message", (bytes) => {
  const text = bytes.toString();
  process.stdout.write(text.slice(text.indexOf(" ") + 1), () => process.exit(0));
});
setTimeout(() => process.exit(1), 3000);
socket.send(`${process.pid}_${Date.now()} ${request}`, Number(port), address);
