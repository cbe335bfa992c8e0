/** An RTP packet; `fill` makes its payload recognisable. */
export function rtp(
  sequenceNumber: number,
  options: { ssrc?: number; payloadType?: number; timestamp?: number; length?: number; fill?: number } = {},
): Uint8Array {
  const {
    ssrc = 0x1234,
    payloadType = 0,
    timestamp = sequenceNumber * 160,
    length = 160,
    fill = 0x55,
  } = options;
  const bytes = new Uint8Array(12 + length).fill(fill);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, payloadType);
  view.setUint16(2, sequenceNumber & 0xffff);
  view.setUint32(4, timestamp >>> 0);
  view.setUint32(8, ssrc);
  return bytes;
}

/** An RTCP receiver report without blocks. */
export function rtcp(ssrc = 0x1234): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, 201);
  view.setUint16(2, 1);
  view.setUint32(4, ssrc);
  return bytes;
}
