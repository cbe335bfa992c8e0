import { describe, expect, test } from "vitest";
import { decodeLatin1, encodeLatin1 } from "../../../../src/wire/latin1.ts";
import { NgStreamSplitter } from "../../../../src/wire/ng/stream.ts";

const text = (bytes: Uint8Array): string => decodeLatin1(bytes, 0, bytes.length);

function split(stream: string, chunkLength: number, maxLength?: number): string[] {
  const splitter = new NgStreamSplitter(maxLength);
  const messages: string[] = [];
  for (let at = 0; at < stream.length; at += chunkLength) {
    messages.push(...splitter.push(encodeLatin1(stream.slice(at, at + chunkLength))).map(text));
  }
  return messages;
}

const PING = "1_1 d7:command4:pinge";
const LIST = "2_1 d5:flagsl3:all1:eei-12ee";
const JSON_PING = '3_1 {"command":"ping","s":"}\\"]{","l":[{}]}';

describe("NgStreamSplitter", () => {
  test("knows whether a message has begun", () => {
    const splitter = new NgStreamSplitter();
    const betweenAfter = (chunk: string): boolean => {
      splitter.push(encodeLatin1(chunk));
      return splitter.isBetweenMessages;
    };
    expect([
      betweenAfter(PING),
      betweenAfter("1"),
      betweenAfter(PING.slice(1)),
      betweenAfter(`${PING}1_1 d`),
    ]).toEqual([true, false, true, false]);
  });

  test("goes on after a message so long that its memory is given back", () => {
    const splitter = new NgStreamSplitter();
    const long = `1_1 d1:a100000:${"x".repeat(100_000)}e`;
    for (const message of [long, PING, long, JSON_PING]) {
      expect(splitter.push(encodeLatin1(message)).map(text)).toEqual([message]);
    }
  });

  test.each([1, 2, 7, 1000])("finds the messages in chunks of %d bytes", (chunkLength) => {
    const stream = `${PING}${JSON_PING}${PING}\r\n${LIST} ${PING}`.replace("i-12e", "1:bi-12e");
    expect(split(stream, chunkLength)).toEqual([
      PING,
      JSON_PING,
      PING,
      LIST.replace("i-12e", "1:bi-12e"),
      PING,
    ]);
  });

  test("keeps what is not complete for the next chunk, however long the stream", () => {
    const long = `9_9 d3:sdp10000:${"x".repeat(10_000)}e`;
    expect(split(long.repeat(20), 1460)).toEqual(Array.from({ length: 20 }, () => long));
  });

  test.each([
    ["1_1 x", "Invalid NG data format"],
    ["1_1 dxe", "Could not decode bencode dictionary"],
    [`1_1 d1:ai${"1".repeat(30)}`, "Could not decode bencode dictionary"],
    [`1_1 d1:ai${"1".repeat(30)}ee`, "Could not decode bencode dictionary"],
    ["1_1 d1xae", "Could not decode bencode dictionary"],
    [`1_1 d${"0".repeat(20)}1:a`, "Could not decode bencode dictionary"],
    ["1_1 d1001:a", "Message exceeds 1000 bytes"],
    ["c".repeat(1001), "Message exceeds 1000 bytes"],
    [`1_1 {"a":"${"x".repeat(1001)}`, "Message exceeds 1000 bytes"],
  ])("gives up on %j", (stream, message) => {
    expect(() => split(stream, 10_000, 1000)).toThrow(message);
    expect(() => split(stream, 3, 1000)).toThrow(message);
  });
});
