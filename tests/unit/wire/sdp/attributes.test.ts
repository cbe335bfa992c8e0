import { describe, expect, test } from "vitest";
import * as attributes from "../../../../src/wire/sdp/attributes.ts";

/** Values that come back as they were, with what they mean. */
const ROUND_TRIPS = [
  ["Rtpmap", "0 PCMU/8000", { payloadType: 0, encodingName: "PCMU", clockRateHz: 8000 }],
  ["Rtpmap", "111 opus/48000/2", { payloadType: 111, encodingParameters: "2" }],
  ["Fmtp", "101 0-15", { format: "101", parameters: "0-15" }],
  ["Fmtp", "96 mode=30; x=y", { parameters: "mode=30; x=y" }],
  ["Rtcp", "53020", { port: 53_020, connection: undefined }],
  [
    "Rtcp",
    "53020 IN IP6 2001:db8::1",
    { connection: { netType: "IN", addressType: "IP6", address: "2001:db8::1" } },
  ],
  ["RtcpFeedback", "* nack", { format: "*", type: "nack", parameters: undefined }],
  ["RtcpFeedback", "96 nack pli", { format: "96", parameters: "pli" }],
  ["RtcpFeedback", "96 ccm fir x", { parameters: "fir x" }],
  ["Group", "BUNDLE 0 1", { semantics: "BUNDLE", mids: ["0", "1"] }],
  ["Group", "LS", { mids: [] }],
  ["Extmap", "1 urn:ietf:params:rtp-hdrext:ssrc-audio-level", { extensionId: 1, direction: undefined }],
  [
    "Extmap",
    "4096/recvonly urn:x a=b c",
    { extensionId: 4096, direction: "recvonly", extensionAttributes: "a=b c" },
  ],
  ["Ssrc", "3735928559 cname:a b:c", { ssrc: 0xdeadbeef, name: "cname", value: "a b:c" }],
  ["Ssrc", "1 x", { name: "x", value: undefined }],
  ["Candidate", "1 1 UDP 2130706431 10.0.1.1 8998 typ host", { foundation: "1", component: 1, type: "host" }],
  [
    "Candidate",
    "2 2 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998 generation 0",
    { relatedAddress: "10.0.1.1", relatedPort: 8998, extensions: [["generation", "0"]] },
  ],
  ["Candidate", "f 1 TCP 1 x.local 9 typ host tcptype active raddr2 x", { address: "x.local" }],
  [
    "Crypto",
    "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4 FEC_ORDER=FEC_SRTP",
    {
      tag: 1,
      cryptoSuite: "AES_CM_128_HMAC_SHA1_80",
      keys: [{ lifetime: "2^20", masterKeyIdentifier: { value: "1", lengthBytes: 4 } }],
      sessionParameters: ["FEC_ORDER=FEC_SRTP"],
    },
  ],
  [
    "Crypto",
    "2 X inline:AAAA|1:4;inline:BBBB==|2048|2:4",
    { keys: [{ lifetime: undefined }, { keyAndSalt: "BBBB==" }] },
  ],
  ["Crypto", "2 X inline:AAAA", { keys: [{ masterKeyIdentifier: undefined }], sessionParameters: [] }],
  ["Fingerprint", "sha-256 AB:CD:EF", { hashFunction: "sha-256", value: "AB:CD:EF" }],
] as const;

const NONSENSE = {
  Rtpmap: ["", "0", "0 PCMU", "128 X/8000", "0 PCMU/x", "0 /8000", "0 PCMU/8000 x", "-1 X/1"],
  Fmtp: ["", "101", " x"],
  Rtcp: ["", "x", "65536", "1 IN", "1 IN IP4", "1 IN IP4 a b"],
  RtcpFeedback: ["", "96", "x nack", "128 nack"],
  Group: ["", "  "],
  Extmap: ["", "1", "0 urn:x", "4352 urn:x", "1/up urn:x", "1/sendrecv/x urn:x"],
  Ssrc: ["", "1", "1 ", "x cname:y", "4294967296 cname:y"],
  Candidate: [
    "",
    "1 0 UDP 1 a 1 typ host",
    "1 1 UDP x a 1 typ host",
    "1 1 UDP 1 a 65536 typ host",
    "1 1 UDP 1 a 1 type host",
    "1 1 UDP 1 a 1 typ",
    "1 1 UDP 1 a 1 typ host raddr",
    "1 1 UDP 1 a 1 typ srflx rport x",
    `${"1".repeat(33)} 1 UDP 1 a 1 typ host`,
  ],
  Crypto: [
    "",
    "x X inline:AAAA",
    "1 X",
    "1 X uri:AAAA",
    "1 X inline:",
    "1 X inline:A!",
    "1 X inline:AAAA|x",
    "1 X inline:AAAA|1|2",
    "1 X inline:AAAA|1|1:4|1:4",
    "1 X inline:AAAA|x:4",
    "1 X inline:AAAA|1:0",
    "1 X inline:AAAA|1:4:4",
    "1 X inline:AAAA|1:4|1:4",
    "1 X inline:AAAA;",
  ],
  Fingerprint: ["", "sha-256", "sha-256 A", "sha-256 AB:", "sha-256 AB x", `sha-256 ${"AB:".repeat(64)}AB`],
} as const;

type Parser = (value: string) => unknown;
const functions = attributes as unknown as Record<string, Parser>;

test.each(ROUND_TRIPS)("parse%s reads %j and writes it back", (name, value, meaning) => {
  const parsed = functions[`parse${name}`]?.(value);
  expect(parsed).toMatchObject(meaning);
  expect(functions[`write${name}`]?.(parsed as string)).toBe(value);
});

describe.each(Object.entries(NONSENSE))("parse%s", (name, values) => {
  test.each(values)("refuses %j", (value) => expect(functions[`parse${name}`]?.(value)).toBeUndefined());
});

test("parseFmtpParameters gives lower-case names", () => {
  expect([...attributes.parseFmtpParameters("useinbandfec=1; Mode = 30;annexb=no ;;x")]).toEqual([
    ["useinbandfec", "1"],
    ["mode", "30"],
    ["annexb", "no"],
    ["x", ""],
  ]);
});

test("parsePacketTimeMs reads whole and broken milliseconds", () => {
  expect(["20", " 20 ", "2.5", "0", "x", "1.x", "1.2.3", ""].map(attributes.parsePacketTimeMs)).toEqual([
    20,
    20,
    2.5,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("parseMid takes a token", () => {
  expect(["0", " audio ", "a b", ""].map(attributes.parseMid)).toEqual(["0", "audio", undefined, undefined]);
});

test("parseSetup takes the four roles", () => {
  expect(["active", "PASSIVE", "actpass", "holdconn", "none"].map(attributes.parseSetup)).toEqual([
    "active",
    "passive",
    "actpass",
    "holdconn",
    undefined,
  ]);
});

test("ICE credentials have a least and a greatest length, and an alphabet", () => {
  expect(attributes.parseIceUsernameFragment("8hhY")).toBe("8hhY");
  expect(attributes.parseIceUsernameFragment("8hh")).toBeUndefined();
  expect(attributes.parseIcePassword("asd88fgpdd777uzjYhagZg")).toBe("asd88fgpdd777uzjYhagZg");
  expect(attributes.parseIcePassword("asd88fgpdd777uzjYhagZ")).toBeUndefined();
  expect(attributes.parseIcePassword("a".repeat(257))).toBeUndefined();
  expect(attributes.parseIceUsernameFragment("a-bcd")).toBeUndefined();
});

test("parseIceOptions takes words", () => {
  expect(attributes.parseIceOptions("trickle ice2")).toEqual(["trickle", "ice2"]);
  expect(attributes.parseIceOptions(" ")).toBeUndefined();
});

test("a trickled candidate may carry its attribute name", () => {
  expect(attributes.parseCandidate("candidate:1 1 udp 1 192.0.2.1 9 typ host")?.foundation).toBe("1");
});

test("the last direction counts", () => {
  const attribute = (name: string, value?: string) => ({ name, value });
  expect(attributes.directionOf([attribute("ptime", "20")])).toBeUndefined();
  expect(attributes.directionOf([attribute("sendrecv"), attribute("x"), attribute("recvonly")])).toBe(
    "recvonly",
  );
  expect(attributes.directionOf([attribute("inactive", "x")])).toBeUndefined();
});

test("a direction is reversed for the other end", () => {
  expect(
    (["sendrecv", "sendonly", "recvonly", "inactive"] as const).map(attributes.reverseDirection),
  ).toEqual(["sendrecv", "recvonly", "sendonly", "inactive"]);
});

test("a zero connection is one of the unspecified address", () => {
  const zero = (address: string): boolean =>
    attributes.isZeroConnection({ netType: "IN", addressType: "IP4", address });
  expect(["0.0.0.0", "::", "0:0::0", "192.0.2.1", "host"].map(zero)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

test("findAttribute heeds case", () => {
  const list = [{ name: "RTCP", value: "1" }];
  expect(attributes.findAttribute(list, "RTCP")).toBe(list[0]);
  expect(attributes.findAttribute(list, "rtcp")).toBeUndefined();
});
