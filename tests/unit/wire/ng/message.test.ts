import { describe, expect, test } from "vitest";
import { encodeLatin1 } from "../../../../src/wire/latin1.ts";
import { decodeNgMessage, encodeNgMessage, NgFrameError } from "../../../../src/wire/ng/message.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function failure(text: string): NgFrameError {
  try {
    decodeNgMessage(encodeLatin1(text));
  } catch (error) {
    if (error instanceof NgFrameError) return error;
  }
  throw new Error(`decoded, or failed otherwise: ${text}`);
}

describe("decodeNgMessage", () => {
  test("reads the cookie and a bencode dictionary", () => {
    expect(decodeNgMessage(encodeLatin1("5323_1 d7:command4:pinge"))).toEqual({
      cookie: "5323_1",
      encoding: "bencode",
      body: { command: "ping" },
    });
  });

  test("reads a JSON dictionary", () => {
    const { encoding, body } = decodeNgMessage(utf8('c {"command":"offer","flags":["a",1],"n":{"x":-2}}\n'));
    expect(encoding).toBe("json");
    expect(body).toEqual({ command: "offer", flags: ["a", 1], n: { x: -2 } });
    expect(Object.getPrototypeOf(body)).toBeNull();
  });

  test("gives JSON strings as their UTF-8 bytes, escaped or not", () => {
    const { body } = decodeNgMessage(utf8('c {"command":"é","k\\u00e9":"\\u20acé"}'));
    expect(body).toEqual({ command: "\xc3\xa9", "k\xc3\xa9": "\xe2\x82\xac\xc3\xa9" });
  });

  test("reads true and false as 1 and 0, and leaves null out", () => {
    expect(decodeNgMessage(utf8('c {"a":true,"b":false,"c":null,"d":[null,1]}')).body).toEqual({
      a: 1,
      b: 0,
      d: [1],
    });
  });

  test("leaves out what JSON nests too deeply", () => {
    const deep = `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
    expect(JSON.stringify(decodeNgMessage(utf8(`c ${deep}`)).body).length).toBeLessThan(100);
  });

  test.each([
    ["", "E_NG_NO_COOKIE", "Invalid data (no cookie)"],
    ["d7:command4:pinge", "E_NG_NO_COOKIE", "Invalid data (no cookie)"],
    [" d7:command4:pinge", "E_NG_NO_COOKIE", "Invalid data (no cookie)"],
    ["c ", "E_NG_NO_PAYLOAD", "Invalid data (no payload)"],
    ["c ping", "E_NG_ENCODING", "Invalid NG data format"],
    ["c  d1:ai1ee", "E_NG_ENCODING", "Invalid NG data format"],
    ["c li1ee", "E_NG_ENCODING", "Invalid NG data format"],
    ["c d1:a", "E_NG_BENCODE", "Could not decode bencode dictionary"],
    ['c {"a"', "E_NG_JSON", "Failed to parse JSON document"],
  ])("refuses %j", (text, code, message) => {
    const error = failure(text);
    expect(error.code).toBe(code);
    expect(error.message).toBe(message);
    expect(error.cookie).toBe(code === "E_NG_NO_COOKIE" ? undefined : "c");
  });

  test("tells how to reply to what it refuses", () => {
    expect(failure("c {").encoding).toBe("json");
    expect(failure("c d").encoding).toBe("bencode");
  });
});

describe("encodeNgMessage", () => {
  test("writes bencode", () => {
    expect(encodeNgMessage("5323_1", "bencode", { result: "pong" })).toEqual(utf8("5323_1 d6:result4:ponge"));
  });

  test("writes JSON in UTF-8, keys too", () => {
    expect(encodeNgMessage("c", "json", { "k\xc3\xa9": "\xe2\x82\xac\r\n", n: 1 })).toEqual(
      utf8('c {"ké":"€\\r\\n","n":1}'),
    );
  });

  test("writes U+FFFD for what is not UTF-8", () => {
    expect(encodeNgMessage("c", "json", { a: "x\xff" })).toEqual(utf8('c {"a":"x\ufffd"}'));
  });
});
