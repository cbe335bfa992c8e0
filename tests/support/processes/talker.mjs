// A phone that sends G.711 until it is killed: node talker.mjs FROM-ADDRESS FROM-PORT TO-ADDRESS TO-PORT
import { createSocket } from "node:dgram";

const [from, fromPort, to, toPort] = process.argv.slice(2);
const packet = Buffer.alloc(172, 0xd5);
packet[0] = 0x80;
packet[1] = 8;
packet.writeUInt32BE(0x7e57, 8);
const socket = createSocket(from.includes(":") ? "udp6" : "udp4");
socket.bind(Number(fromPort), from, () => {
  let count = 0;
  setInterval(() => {
    packet.writeUInt16BE(count & 0xffff, 2);
    packet.writeUInt32BE((count++ * 160) >>> 0, 4);
    socket.send(packet, Number(toPort), to);
  }, 20);
});
