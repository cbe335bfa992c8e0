import { describe, expect, it } from "vitest";
import { CRYPTO_SUITES } from "../../../src/protocol/srtp/index.ts";
import { masterKey, rtcpPacket, rtpPacket, srtpPair } from "../../support/srtp.ts";
import { Libsrtp } from "./libsrtp.ts";

/** libsrtp's `srtp_err_status_auth_fail` and `srtp_err_status_replay_fail`. */
const AUTHENTICATION_FAILED = 7;
const REPLAYED = 9;

describe.each(CRYPTO_SUITES)("$name", (suite) => {
  const key = masterKey(suite, 17);
  const payload = new Uint8Array(160).fill(0x55);
  /** Over three turns of the sequence number. */
  const numbers = Array.from({ length: 200 }, (_, at) => (1000 + at * 1000) % 0x10000);

  it("libsrtp reads what we protect", () => {
    const [ours, theirs] = [srtpPair(key), new Libsrtp(key, false)];
    for (const number of numbers) {
      const plain = rtpPacket(number, { payload });
      const sent = ours.protectRtp(plain);
      expect(theirs.run("unprotectRtp", sent)).toEqual(plain);
      expect(theirs.run("unprotectRtp", sent)).toBe(REPLAYED);
      const rtcp = ours.protectRtcp(rtcpPacket());
      expect(theirs.run("unprotectRtcp", rtcp)).toEqual(rtcpPacket());
    }
    expect(ours.sender.rolloverCounter(0x12345678)).toBe(3);
  });

  it("we read what libsrtp protects", () => {
    const [ours, theirs] = [srtpPair(key), new Libsrtp(key, true)];
    for (const number of numbers) {
      const plain = rtpPacket(number, { payload });
      expect(ours.unprotectRtp(theirs.run("protectRtp", plain) as Uint8Array)).toEqual(plain);
      expect(ours.unprotectRtcp(theirs.run("protectRtcp", rtcpPacket()) as Uint8Array)).toEqual(rtcpPacket());
    }
    expect(ours.receiver.rolloverCounter(0x12345678)).toBe(3);
  });

  it("both make the same bytes of the same packet, and neither takes the other's with a bit changed", () => {
    const [ours, theirs] = [srtpPair(key), new Libsrtp(key, true)];
    const sent = ours.protectRtp(rtpPacket(1, { payload }));
    expect(theirs.run("protectRtp", rtpPacket(1, { payload }))).toEqual(sent);
    sent[40]! ^= 1;
    expect(new Libsrtp(key, false).run("unprotectRtp", sent)).toBe(AUTHENTICATION_FAILED);
  });
});
