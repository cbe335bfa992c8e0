import { describe, expect, it } from "vitest";
import {
  FRAME_BYTES,
  FRAME_OFFSET,
  type FrameEnd,
  type FrameMemory,
  SLOT_BYTES,
  stampFrame,
  writeFrame,
} from "../../../bench/relay/frame.ts";

const phone: FrameEnd = {
  hardware: [2, 0, 0, 0, 0, 1],
  address: { family: 4, address: "10.9.0.1" },
  port: 20002,
};
const engine: FrameEnd = {
  hardware: [2, 0, 0, 0, 0, 2],
  address: { family: 4, address: "10.9.0.2" },
  port: 40004,
};

function memory(slots: number): FrameMemory {
  const buffer = new ArrayBuffer(slots * SLOT_BYTES);
  return {
    bytes: new Uint8Array(buffer),
    words16: new Uint16Array(buffer),
    words32: new Int32Array(buffer),
  };
}

/** The frame in a slot, as the wire sees it. */
function frame({ bytes }: FrameMemory, slot: number): DataView {
  return new DataView(bytes.buffer, slot + FRAME_OFFSET, FRAME_BYTES);
}

/** RFC 1071 in its plainest form: what a receiver computes over data with their checksum is 0. */
function checksum(...parts: readonly DataView[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.byteLength; at += 2) sum += part.getUint16(at);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

const part = (of: DataView, offset: number, length: number): DataView =>
  new DataView(of.buffer, of.byteOffset + offset, length);

function udpChecksum(of: DataView): number {
  const pseudoHeader = new DataView(new ArrayBuffer(4));
  pseudoHeader.setUint8(1, 17);
  pseudoHeader.setUint16(2, of.getUint16(38));
  return checksum(part(of, 26, 8), pseudoHeader, part(of, 34, of.byteLength - 34));
}

describe("a frame of the load", () => {
  it("is an Ethernet, IPv4, UDP and RTP packet from the phone to the engine", () => {
    const slots = memory(2);
    const sum = writeFrame(slots, SLOT_BYTES, phone, engine, 0x10203040);
    stampFrame(slots, SLOT_BYTES, sum, 0x0102, 0x03040506, 0, 0);
    const sent = frame(slots, SLOT_BYTES);
    const hex = Buffer.from(sent.buffer, sent.byteOffset, 54).toString("hex");
    expect(hex.slice(0, 28)).toBe("0200000000020200000000010800");
    expect(hex.slice(28, 48)).toBe("450000c8000040004011");
    expect(hex.slice(52, 68)).toBe("0a0900010a090002");
    expect(sent.getUint16(34)).toBe(20002);
    expect(sent.getUint16(36)).toBe(40004);
    expect(sent.getUint16(38)).toBe(180);
    expect(hex.slice(84)).toBe("800001020304050610203040");
  });

  it("stays inside its slot", () => {
    const slots = memory(3);
    slots.bytes.fill(0xaa);
    writeFrame(slots, SLOT_BYTES, phone, engine, 1);
    const others = [...slots.bytes.subarray(0, SLOT_BYTES), ...slots.bytes.subarray(2 * SLOT_BYTES)];
    expect(others.every((byte) => byte === 0xaa)).toBe(true);
  });

  it("has checksums that a receiver accepts, whatever it carries", () => {
    const slots = memory(1);
    const sum = writeFrame(slots, 0, phone, engine, 0xfedcba98);
    const values = [0, 1, 0x7fff, 0x8000, 0xffff];
    for (const value of values) {
      for (const word of [0, 1, 0xffff, 0x8000_0000, 0xffff_ffff]) {
        stampFrame(slots, 0, sum, value, word, word | 0, value);
        const sent = frame(slots, 0);
        expect(checksum(part(sent, 14, 20))).toBe(0);
        expect(udpChecksum(sent)).toBe(0);
        expect(sent.getUint16(40)).not.toBe(0);
      }
    }
  });

  it("carries the time of sending in machine order behind the RTP header", () => {
    const slots = memory(1);
    const sum = writeFrame(slots, 0, phone, engine, 1);
    stampFrame(slots, 0, sum, 1, 160, 0x89abcdef | 0, 0x01234567);
    expect(frame(slots, 0).getBigUint64(54, true)).toBe(0x0123456789abcdefn);
  });
});
