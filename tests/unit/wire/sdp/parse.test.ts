import { describe, expect, test } from "vitest";
import { SdpError } from "../../../../src/wire/sdp/errors.ts";
import { parseSdp } from "../../../../src/wire/sdp/parse.ts";
import { writeSdp } from "../../../../src/wire/sdp/write.ts";

const lines = (...text: string[]): string => text.map((line) => `${line}\r\n`).join("");

const CALL = lines(
  "v=0",
  "o=alice 2890844526 2890844527 IN IP4 host.example.com",
  "s= ",
  "i=a call",
  "c=IN IP4 192.0.2.1",
  "b=AS:128",
  "t=0 0",
  "a=group:BUNDLE 0 1",
  "m=audio 49170/2 RTP/AVP 0 8 101",
  "c=IN IP4 192.0.2.2",
  "b=TIAS:64000",
  "a=rtpmap:101 telephone-event/8000",
  "a=sendrecv",
  "a=x:",
  "m=image 0 udptl t38",
);

function failure(text: string): SdpError {
  try {
    parseSdp(text);
  } catch (error) {
    if (error instanceof SdpError) return error;
  }
  throw new Error("parsed, or failed otherwise");
}

describe("parseSdp", () => {
  test("takes a description apart", () => {
    const description = parseSdp(CALL);
    expect(description).toMatchObject({
      version: "0",
      origin: {
        username: "alice",
        sessionId: "2890844526",
        sessionVersion: "2890844527",
        address: "host.example.com",
      },
      sessionName: " ",
      connection: { netType: "IN", addressType: "IP4", address: "192.0.2.1" },
      bandwidths: [{ type: "AS", value: "128" }],
      lines: [
        { type: "i", value: "a call" },
        { type: "t", value: "0 0" },
      ],
      attributes: [{ name: "group", value: "BUNDLE 0 1" }],
    });
    expect(description.media).toMatchObject([
      {
        type: "audio",
        port: 49_170,
        portCount: 2,
        protocol: "RTP/AVP",
        formats: ["0", "8", "101"],
        connection: { address: "192.0.2.2" },
        attributes: [
          { name: "rtpmap", value: "101 telephone-event/8000" },
          { name: "sendrecv", value: undefined },
          { name: "x", value: "" },
        ],
      },
      {
        type: "image",
        port: 0,
        portCount: undefined,
        protocol: "udptl",
        formats: ["t38"],
        connection: undefined,
      },
    ]);
  });

  test("gives the same for LF, for CRLF, with empty lines, and without a last line end", () => {
    const expected = parseSdp(CALL);
    expect(parseSdp(CALL.replaceAll("\r\n", "\n"))).toEqual(expected);
    expect(parseSdp(`\r\n\n${CALL}\r\n\n`)).toEqual(expected);
    expect(parseSdp(CALL.replaceAll("\r\n", "\r\r\n"))).toEqual(expected);
    expect(parseSdp(CALL.trimEnd())).toEqual(expected);
  });

  test("does without v=, s= and t=", () => {
    const description = parseSdp("o=- 1 1 IN IP4 192.0.2.1\n");
    expect(description).toMatchObject({ version: "0", sessionName: undefined, lines: [] });
    expect(writeSdp(description)).toBe("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n");
  });

  test("takes an origin whose user name has spaces", () => {
    const { origin } = parseSdp(lines("v=0", "o=John  Doe 1 2 IN IP4 192.0.2.1"));
    expect(origin).toMatchObject({ username: "John Doe", sessionId: "1", sessionVersion: "2" });
  });

  test("carries lines that are unknown, repeated, or odd", () => {
    const { lines: session, media } = parseSdp(
      lines(
        "v=0",
        "v=1",
        "o=- 1 1 IN IP4 h",
        "y=0100",
        "b=x",
        "m=audio 1 RTP/AVP",
        "c=IN IP4 a",
        "c=IN IP4 b",
        "o=x",
      ),
    );
    expect(session).toEqual([
      { type: "v", value: "1" },
      { type: "y", value: "0100" },
      { type: "b", value: "x" },
    ]);
    expect(media[0]?.lines).toEqual([
      { type: "c", value: "IN IP4 b" },
      { type: "o", value: "x" },
    ]);
    expect(media[0]?.formats).toEqual([]);
  });

  test.each([
    ["", 1, "no o= line"],
    ["v=0\r\n", 1, "no o= line"],
    ["v=0\nhello", 2, "not TYPE=VALUE"],
    ["v=0\nx", 2, "not TYPE=VALUE"],
    [" v=0", 1, "not TYPE=VALUE"],
    ["v=0\no=- 1 1 IN IP4", 2, "o= has fewer than 6 words"],
    ["v=\nv=0", 1, "v= is not 0"],
    ["v=0\n\no=- 1 1 IN IP4 h", 2, "no o= line"],
    ["c=IN IP4", 1, "c= has not 3 words"],
    ["c=IN IP4 a b", 1, "c= has not 3 words"],
    ["m=audio 1", 1, "m= has fewer than 3 words"],
    ["m=audio x RTP/AVP 0", 1, "m= has no port"],
    ["m=audio 65536 RTP/AVP 0", 1, "m= has no port"],
    ["m=audio 1/x RTP/AVP 0", 1, "m= has no port"],
    ["m=audio -1 RTP/AVP 0", 1, "m= has no port"],
    ["v=0\na=x\rc=IN IP4 h\r\n", 2, "a CR or NUL within a line"],
    ["v=0\ns=\u0000", 2, "a CR or NUL within a line"],
  ])("refuses %j at line %d", (text, line, problem) => {
    const error = failure(text);
    expect(error.code).toBe("E_SDP_SYNTAX");
    expect(error.line).toBe(line);
    expect(error.message).toContain(problem);
  });

  test("has limits", () => {
    expect(() => parseSdp(CALL, { maxLength: 10 })).toThrow("longer than 10 bytes");
    expect(() => parseSdp(CALL, { maxLines: 3 })).toThrow("SDP line 4: more than 3 lines");
    expect(() => parseSdp(CALL, { maxMedia: 1 })).toThrow("more than 1 media sections");
  });
});

describe("writeSdp", () => {
  test("writes a description in RFC order as it came", () => {
    expect(writeSdp(parseSdp(CALL))).toBe(CALL);
  });

  test("brings lines that came out of order into order", () => {
    const scrambled = lines("o=- 1 1 IN IP4 h", "a=x", "t=0 0", "c=IN IP4 h", "u=u", "s=-", "v=0");
    expect(writeSdp(parseSdp(scrambled))).toBe(
      lines("v=0", "o=- 1 1 IN IP4 h", "s=-", "u=u", "c=IN IP4 h", "t=0 0", "a=x"),
    );
  });
});
