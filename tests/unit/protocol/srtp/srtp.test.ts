import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { nodeCrypto } from "../../../../src/phone/node-crypto.ts";
import {
  CRYPTO_SUITES,
  findCryptoSuite,
  readSdes,
  SrtpFault,
  SrtpSender,
} from "../../../../src/protocol/srtp/index.ts";
import { parseCrypto } from "../../../../src/wire/sdp/attributes-security.ts";
import { masterKey, rtcpPacket, rtpPacket, srtpPair } from "../../../support/srtp.ts";

describe("a protected stream", () => {
  it("counts how often the sequence number has begun anew, on both sides", () => {
    const pair = srtpPair();
    for (let index = 0x7ff0; index < 0x30010; index += 0x4000) {
      expect(pair.unprotectRtp(pair.protectRtp(rtpPacket(index % 0x10000)))).toBeInstanceOf(Uint8Array);
    }
    expect(pair.sender.rolloverCounter(0x12345678)).toBe(2);
    expect(pair.receiver.rolloverCounter(0x12345678)).toBe(2);
  });

  it("does not take a forged packet from far ahead for the end of its stream", () => {
    const pair = srtpPair();
    pair.unprotectRtp(pair.protectRtp(rtpPacket(10)));
    const forged = pair.protectRtp(rtpPacket(30_000));
    forged[20]! ^= 1;
    expect(pair.unprotectRtp(forged)).toBe(SrtpFault.Authentication);
    expect(pair.unprotectRtp(pair.protectRtp(rtpPacket(11)))).toEqual(rtpPacket(11));
  });

  it("refuses what is older than 64 packets", () => {
    const pair = srtpPair();
    const [late, justInTime] = [pair.protectRtp(rtpPacket(100)), pair.protectRtp(rtpPacket(101))];
    pair.unprotectRtp(pair.protectRtp(rtpPacket(164)));
    expect(pair.unprotectRtp(late)).toBe(SrtpFault.Replayed);
    expect(pair.unprotectRtp(justInTime)).toEqual(rtpPacket(101));
  });

  it("refuses another key's packets, and those with another identifier", () => {
    const [suite] = CRYPTO_SUITES;
    const one = srtpPair(masterKey(suite, 1, Uint8Array.of(1)));
    expect(one.unprotectRtp(srtpPair(masterKey(suite, 2, Uint8Array.of(1))).protectRtp(rtpPacket(1)))).toBe(
      SrtpFault.Authentication,
    );
    expect(one.unprotectRtp(srtpPair(masterKey(suite, 1, Uint8Array.of(2))).protectRtp(rtpPacket(1)))).toBe(
      SrtpFault.MasterKeyIdentifier,
    );
  });

  it("has a window for each source, and no more sources than it can bear", () => {
    const pair = srtpPair();
    for (let ssrc = 1; ssrc <= 64; ssrc++) {
      expect(pair.unprotectRtp(pair.protectRtp(rtpPacket(1, { ssrc })))).toBeInstanceOf(Uint8Array);
    }
    expect(pair.sender.protectRtp(rtpPacket(1, { ssrc: 65 }), 0, 16)).toBe(SrtpFault.TooManySources);
    const other = srtpPair();
    expect(pair.unprotectRtp(other.protectRtp(rtpPacket(1, { ssrc: 65 })))).toBe(SrtpFault.TooManySources);
  });

  it("remembers nothing of sources that have not been verified", () => {
    const [ours, theirs] = [srtpPair(), srtpPair(masterKey(CRYPTO_SUITES[0], 99))];
    for (let ssrc = 1; ssrc <= 60; ssrc++) {
      expect(ours.unprotectRtp(theirs.protectRtp(rtpPacket(1, { ssrc })))).toBe(SrtpFault.Authentication);
      expect(ours.unprotectRtcp(theirs.protectRtcp(rtcpPacket(ssrc)))).toBe(SrtpFault.Authentication);
    }
    for (let ssrc = 1; ssrc <= 64; ssrc++) {
      expect(ours.unprotectRtp(ours.protectRtp(rtpPacket(1, { ssrc })))).toBeInstanceOf(Uint8Array);
    }
  });

  it("works inside of a larger buffer, and leaves what is around untouched", () => {
    const key = masterKey();
    const sender = new SrtpSender(key, nodeCrypto);
    const buffer = new Uint8Array(100).fill(0xee);
    buffer.set(rtpPacket(5), 20);
    expect(sender.protectRtp(buffer, 20, 16)).toBe(26);
    expect(buffer.subarray(0, 20).every((byte) => byte === 0xee)).toBe(true);
    expect(buffer.subarray(46).every((byte) => byte === 0xee)).toBe(true);
    expect(srtpPair(key).receiver.unprotectRtp(buffer, 20, 26)).toBe(16);
    expect(buffer.subarray(20, 36)).toEqual(rtpPacket(5));
  });

  it("protects and takes nothing that is no RTP or RTCP, or has no room for a tag", () => {
    const pair = srtpPair();
    const [rtp, rtcp] = [pair.protectRtp(rtpPacket(1)), pair.protectRtcp(rtcpPacket())];
    for (const length of [0, 11]) {
      expect(pair.sender.protectRtp(rtpPacket(1).slice(0, length), 0, length)).toBe(SrtpFault.Malformed);
    }
    expect(pair.sender.protectRtcp(rtpPacket(1), 0, 16)).toBe(SrtpFault.Malformed);
    for (const length of [0, 12, 21]) {
      expect(pair.unprotectRtp(rtp.slice(0, length))).toBe(SrtpFault.Malformed);
      expect(pair.unprotectRtcp(rtcp.slice(0, length))).toBe(SrtpFault.Malformed);
    }
    expect(pair.unprotectRtcp(rtp)).toBe(SrtpFault.Malformed);
  });

  it("is not turned back over its first sequence number", () => {
    const pair = srtpPair();
    pair.unprotectRtp(pair.protectRtp(rtpPacket(3)));
    expect(pair.sender.protectRtp(rtpPacket(0xfff0), 0, 16)).toBe(SrtpFault.Replayed);
    expect(pair.unprotectRtp(srtpPair().protectRtp(rtpPacket(0xfff0)))).toBe(SrtpFault.Replayed);
  });

  it("takes RTCP in the clear from whoever has the key, and from nobody else", () => {
    const pair = srtpPair();
    const sent = pair.protectRtcp(rtcpPacket());
    const withoutBit = sent.slice();
    withoutBit[8]! &= 0x7f;
    expect(pair.unprotectRtcp(withoutBit)).toBe(SrtpFault.Authentication);
    expect(pair.unprotectRtcp(sent)).toEqual(rtcpPacket());
  });
});

describe("a master key", () => {
  it("shows its bytes to nobody who only prints it", () => {
    const key = masterKey();
    for (const text of [String(key), JSON.stringify(key), inspect(key, { depth: 9, showHidden: true })]) {
      expect(text).not.toMatch(/\b1,\s*2,\s*3\b/);
    }
  });
});

describe("a=crypto", () => {
  const KEY = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
  const read = (line: string) => readSdes(parseCrypto(line)!);

  it.each([
    ["a suite that is not ours", `1 F8_128_HMAC_SHA1_80 inline:${KEY}`],
    ["a key that is too short", "1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3"],
    ["a key that is no whole number of bytes", "1 AES_CM_128_HMAC_SHA1_80 inline:A"],
    ["a session in the clear", `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} UNENCRYPTED_SRTP`],
    ["a session without tags", `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} UNAUTHENTICATED_SRTP`],
    ["keys that change on the way", `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} KDR=20`],
    ["a lifetime beyond that of any key", `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^49`],
    ["a lifetime of nothing", `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|0`],
    ["an identifier that its bytes cannot hold", `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|256:1`],
  ])("is not used with %s", (_what, line) => {
    expect(read(line)).toBeUndefined();
  });

  it("is used with hints, and knows lifetime and identifier", () => {
    const sdes = read(`3 AES_CM_128_HMAC_SHA1_32 inline:${KEY}|1000|258:2 WSH=128 KDR=0 -OTHER=1`)!;
    expect(sdes).toMatchObject({ tag: 3, lifetimePackets: 1000 });
    expect(sdes.key.suite).toBe(findCryptoSuite("AES_CM_128_HMAC_SHA1_32"));
    expect([...sdes.key.masterKeyIdentifier]).toEqual([1, 2]);
  });
});
