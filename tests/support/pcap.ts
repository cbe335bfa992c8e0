import type { Buffer } from "node:buffer";

/** A UDP datagram as a capture has it. */
export interface CapturedDatagram {
  /** Unix time. */
  readonly seconds: number;
  /** `address:port`, IPv6 addresses in brackets. */
  readonly from: string;
  readonly to: string;
  /** Type of service, or traffic class of IPv6: the whole byte. */
  readonly trafficClass: number;
  readonly payload: Buffer;
}

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 1;

/** Reads the UDP datagrams (of fragmented ones the beginning) of a capture of Ethernet frames, as tcpdump writes it on this machine. */
export function readPcap(file: Buffer): CapturedDatagram[] {
  if (file.readUInt32LE(0) !== MAGIC_MICROSECONDS) throw new Error("Not a pcap file with microseconds");
  if (file.readUInt32LE(20) !== ETHERNET) throw new Error("Not a capture of Ethernet frames");
  const datagrams: CapturedDatagram[] = [];
  for (let offset = FILE_HEADER; offset + RECORD_HEADER <= file.length; ) {
    const seconds = file.readUInt32LE(offset) + file.readUInt32LE(offset + 4) / 1e6;
    const start = offset + RECORD_HEADER;
    const end = start + file.readUInt32LE(offset + 8);
    const datagram = readFrame(file.subarray(start, end));
    if (datagram) datagrams.push({ seconds, ...datagram });
    offset = end;
  }
  return datagrams;
}

function readFrame(frame: Buffer): Omit<CapturedDatagram, "seconds"> | undefined {
  const type = frame.readUInt16BE(12);
  const packet = frame.subarray(14);
  // A fragment but the first one has no UDP header.
  if (type === 0x0800 && packet[9] === 17 && (packet.readUInt16BE(6) & 0x1fff) === 0) {
    const [from, to] = [packet.subarray(12, 16), packet.subarray(16, 20)].map((bytes) => bytes.join("."));
    return { ...readUdp(packet.subarray((packet[0]! & 15) * 4), from!, to!), trafficClass: packet[1]! };
  }
  if (type === 0x86dd && packet[6] === 17) {
    const [from, to] = [packet.subarray(8, 24), packet.subarray(24, 40)].map(ipv6);
    return {
      ...readUdp(packet.subarray(40), from!, to!),
      trafficClass: (packet.readUInt16BE(0) >> 4) & 0xff,
    };
  }
  return undefined;
}

function readUdp(
  segment: Buffer,
  from: string,
  to: string,
): Pick<CapturedDatagram, "from" | "to" | "payload"> {
  return {
    from: `${from}:${segment.readUInt16BE(0)}`,
    to: `${to}:${segment.readUInt16BE(2)}`,
    payload: segment.subarray(8, segment.readUInt16BE(4)),
  };
}

/** The URL parser knows the canonical text (RFC 5952), brackets included. */
function ipv6(bytes: Buffer): string {
  return new URL(`http://[${bytes.toString("hex").replace(/(.{4})(?=.)/g, "$1:")}]`).hostname;
}
