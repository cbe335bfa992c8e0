import { describe, expect, it } from "vitest";
import { type LocalMedia, readRemoteMedia, writePhoneSdp } from "../../../src/phone/session-description.ts";

const LOCAL: LocalMedia = {
  name: "alice",
  sessionId: 1,
  version: 2,
  rtp: { family: 4, address: "192.0.2.1", port: 4000 },
  rtcp: { family: 4, address: "192.0.2.1", port: 4001 },
  laws: ["a-law", "mu-law"],
  direction: "sendrecv",
  rtcpMux: false,
  protocol: "RTP/AVP",
  crypto: [],
};

describe("a phone's SDP", () => {
  it("says what the other phone reads", () => {
    expect(readRemoteMedia(writePhoneSdp(LOCAL))).toEqual({
      rtp: LOCAL.rtp,
      rtcp: LOCAL.rtcp,
      direction: "sendrecv",
      rtcpMux: false,
      laws: ["a-law", "mu-law"],
      payloadTypes: [8, 0, 13, 101],
      protocol: "RTP/AVP",
      crypto: [],
    });
    const six = { family: 6, address: "2001:db8::1", port: 5000 } as const;
    const other = { ...LOCAL, rtp: six, rtcp: six, rtcpMux: true, direction: "inactive" } as const;
    expect(readRemoteMedia(writePhoneSdp(other))).toMatchObject({
      rtp: six,
      rtcp: six,
      rtcpMux: true,
      direction: "inactive",
    });
  });

  const sdp = (lines: string): string => `v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\n${lines}`;

  it("is read where RTCP goes to the next port or to another address", () => {
    expect(readRemoteMedia(sdp("c=IN IP4 192.0.2.9\nm=audio 4000 RTP/AVP 0\n"))?.rtcp.port).toBe(4001);
    const elsewhere = sdp("c=IN IP4 192.0.2.9\nm=audio 4000 RTP/AVP 0\na=rtcp:9 IN IP4 192.0.2.10\n");
    expect(readRemoteMedia(elsewhere)?.rtcp).toEqual({ family: 4, address: "192.0.2.10", port: 9 });
  });

  it("with an address of zeros is hold (RFC 3264 §8.4)", () => {
    expect(readRemoteMedia(sdp("c=IN IP4 0.0.0.0\nm=audio 4000 RTP/AVP 0\n"))?.direction).toBe("sendonly");
  });

  it("without audio, with a refused section or without an address is none", () => {
    expect(readRemoteMedia(sdp("c=IN IP4 192.0.2.9\nm=video 4000 RTP/AVP 96\n"))).toBeUndefined();
    expect(readRemoteMedia(sdp("c=IN IP4 192.0.2.9\nm=audio 0 RTP/AVP 0\n"))).toBeUndefined();
    expect(readRemoteMedia(sdp("m=audio 4000 RTP/AVP 0\n"))).toBeUndefined();
    expect(readRemoteMedia(sdp("c=IN IP4 host.example\nm=audio 4000 RTP/AVP 0\n"))).toBeUndefined();
  });
});
