/** Header layouts, written out by hand from the pictures of the RFCs; hexadecimal. */
export const RTP_VECTORS = [
  {
    source: "RFC 3550 §5.1, fixed header",
    hex: "80 00 0001 000000a0 12345678 ffff",
    packet: { marker: false, payloadType: 0, sequenceNumber: 1, timestamp: 160, ssrc: 0x12345678, csrcs: [] },
    payload: "ffff",
  },
  {
    source: "RFC 3550 §5.1, marker and two contributing sources",
    hex: "82 e5 ffff ffffffff 00000001 00000002 00000003 aa",
    packet: {
      marker: true,
      payloadType: 101,
      sequenceNumber: 65_535,
      timestamp: 0xffffffff,
      ssrc: 1,
      csrcs: [2, 3],
    },
    payload: "aa",
  },
  {
    source: "RFC 3550 §5.3.1 with RFC 8285 §4.2, extension; §5.1, padding",
    hex: "b0 08 0002 00000140 00000009 bede 0001 10 7f 00 00 d5d5 00 02",
    packet: { marker: false, payloadType: 8, sequenceNumber: 2, timestamp: 320, ssrc: 9, csrcs: [] },
    payload: "d5d5",
  },
] as const;

export const RTCP_VECTORS = [
  {
    source: "RFC 3550 §6.4.1, sender report with one block; §6.5, SDES with CNAME",
    hex: `81 c8 000c 00000001 83aa7e80 80000000 00000320 00000005 00000320
          00000002 40 fffffe 00010005 0000000a 7e808000 00010000
          81 ca 0003 00000001 01 03 612e62 00 00 00`,
    kinds: ["sender-report", "source-description"],
    first: {
      ssrc: 1,
      ntpSeconds: 0x83aa7e80,
      ntpFraction: 0x80000000,
      rtpTimestamp: 800,
      packetCount: 5,
      octetCount: 800,
      reports: [
        {
          ssrc: 2,
          fractionLost: 64,
          cumulativeLost: -2,
          extendedHighestSequenceNumber: 65_541,
          interarrivalJitter: 10,
          lastSr: 0x7e808000,
          delaySinceLastSr: 65_536,
        },
      ],
    },
  },
  {
    source: "RFC 3550 §6.4.2, receiver report without blocks; §6.6, BYE with a reason",
    hex: "80 c9 0001 0000000a 81 cb 0003 0000000a 04 627965 21 00 00 00",
    kinds: ["receiver-report", "bye"],
    first: { ssrc: 10, reports: [] },
  },
  {
    source: "RFC 4585 §6.2.1, generic NACK; §6.3.1, picture loss indication",
    hex: "81 cd 0003 00000001 00000002 0005 0001 81 ce 0002 00000001 00000002",
    kinds: ["transport-feedback", "payload-feedback"],
    first: { format: 1, senderSsrc: 1, mediaSsrc: 2 },
  },
] as const;

/**
 * RFC 3550 A.8: the interarrival jitter after each packet, by J += (|D| - J)/16 in floating point.
 *
 * Clock 8000 Hz, 160 units a packet; transit time differences D are 0, 8, -8, 16.
 */
export const JITTER_VECTOR = {
  timestamps: [0, 160, 320, 480, 640],
  arrivals: [1000, 1160, 1328, 1480, 1656],
  jitter: [0, 0, 0.5, 0.96875, 1.908203125],
} as const;
