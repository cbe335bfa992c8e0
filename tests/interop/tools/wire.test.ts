import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { audioSdp } from "../../support/processes/ng.ts";
import { Subject } from "../../support/processes/subject.ts";

const PING = "d7:command4:pinge";
const TCP_PORT = 2224;
/** What one UDP datagram holds (RFC 768, RFC 791). */
const MAX_DATAGRAM = 65_507;

let subject: Subject;
let cookies = 0;

beforeAll(async () => {
  subject = await Subject.start("sockets", 100, [`--listen-tcp-ng=127.0.0.1:${TCP_PORT}`]);
});
afterAll(() => subject?.[Symbol.asyncDispose]());

/** Sends one datagram as it is. @returns the datagram that comes back */
async function datagram(text: string): Promise<string> {
  const socket = createSocket("udp4");
  try {
    return await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`No reply to ${text.slice(0, 60)}`)), 3000);
      socket.once("message", (bytes) => {
        clearTimeout(late);
        resolve(bytes.toString("latin1"));
      });
      socket.send(Buffer.from(text, "latin1"), 2223, subject.address);
    });
  } finally {
    socket.close();
  }
}

/** Sends chunks over one connection. @returns all that comes back until it matches */
function stream(chunks: readonly string[], until: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(TCP_PORT, "127.0.0.1");
    const end = (): void => {
      clearTimeout(late);
      socket.destroy();
      resolve(received);
    };
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`Only this came: ${received.slice(0, 200)}`));
    }, 5000);
    socket.setEncoding("latin1").on("data", (text: string) => {
      received += text;
      if (until.test(received)) end();
    });
    socket.on("close", end).on("error", end);
    for (const chunk of chunks) socket.write(chunk, "latin1");
  });
}

const string = (text: string): string => `${text.length}:${text}`;
const bencode = (keys: Record<string, string>): string =>
  `d${Object.entries(keys)
    .map(([key, value]) => string(key) + string(value))
    .join("")}e`;

const offer = (callId: string, sdp: string): string =>
  bencode({ "call-id": callId, command: "offer", "from-tag": "caller", sdp });

describe("NG over UDP", () => {
  it("answers a ping in the language of the question", async () => {
    expect(await datagram(`1_1 ${PING}`)).toBe("1_1 d6:result4:ponge");
    expect(await datagram('1_2 {"command":"ping"}')).toBe('1_2 {"result":"pong"}');
  });

  it("answers a repeat with the stored reply and makes no second call", async () => {
    const request = `repeat ${offer("repeated", audioSdp("127.0.0.1", 4000))}`;
    const first = await datagram(request);
    expect(first).toMatch(/^repeat d.*6:result2:oke$/s);
    const ports = subject.boundPorts();
    expect(await datagram(request)).toBe(first);
    expect(subject.boundPorts()).toEqual(ports);
    expect(await subject.callIds()).toEqual(["repeated"]);
    await subject.hangUp("repeated");
    // Even after the call's end it is the same request.
    expect(await datagram(request)).toBe(first);
    expect(await subject.callIds()).toEqual([]);
  });

  it("tells who pings by hand and gets it wrong what is wrong, and how it is right", async () => {
    const reply = await datagram("d1:1i0e1:2s4:ping\n");
    expect(reply).toMatch(/no NG message: it has no cookie/);
    expect(reply).toMatch(/bencode breaks at byte \d+/);
    const [, example] = /A ping looks like this: (.*)\n$/.exec(reply)!;
    expect(await datagram(example!)).toMatch(/ d6:result4:ponge$/);
  });
});

describe("NG over TCP", () => {
  it("answers messages back to back in both languages, however they are cut", async () => {
    const whole = `a ${PING}b {"command":"ping"}c ${PING}`;
    const replies = "a d6:result4:ponge";
    const got = await stream([whole.slice(0, 9), whole.slice(9, 26), whole.slice(26)], /c d6:result4:ponge/);
    expect(got.startsWith(replies)).toBe(true);
    expect(got).toContain('b {"result":"pong"}');
  });

  it("makes a call of an SDP that no datagram can hold", async () => {
    const filler = Array.from({ length: 1500 }, (_, index) => `a=x-filler:${index} ${"x".repeat(50)}`);
    const sdp = audioSdp("127.0.0.1", 4000, filler);
    expect(sdp.length).toBeGreaterThan(MAX_DATAGRAM);
    const reply = await stream([`big ${offer("big", sdp)}`], /6:result\d+:\w+e$/);
    expect(reply).toMatch(/6:result2:oke$/);
    expect(reply).toContain("x-filler:1499");
    await subject.hangUp("big");
  });
});

const nested = (depth: number): string => `${"l".repeat(depth)}${"e".repeat(depth)}`;
const json = (value: object): string => JSON.stringify(value);
const ids = { "call-id": "bad", "from-tag": "caller" };

const BENCODE = /Could not decode bencode dictionary/;

/** What is wrong, the message less its cookie, and what the reply says. */
const REFUSED: [string, string, RegExp][] = [
  ["no dictionary at all", "hello", /Invalid NG data format/],
  ["bencode that ends too early", "d7:command4:pin", BENCODE],
  ["bencode with a string longer than the message", "d7:command99:pinge", BENCODE],
  ["bencode with something after it", `${PING}garbage`, BENCODE],
  ["bencode with an endless number", `d7:commandi${"9".repeat(400)}ee`, BENCODE],
  ["bencode nested a thousand times", `d7:command4:ping1:x${nested(1000)}e`, BENCODE],
  ["bencode nested thirty thousand times", `d7:command4:ping1:x${nested(30_000)}e`, BENCODE],
  ["JSON that does not parse", '{"command":"ping"', /JSON/],
  ["JSON that is a list", '["command","ping"]', /Invalid NG data format/],
  ["no command", json({ "call-id": "x" }), /command/i],
  ["a command that is a number", json({ command: 7 }), /command/i],
  ["a command that is a list", json({ command: ["ping"] }), /command/i],
  ["a command that nobody knows", json({ command: "frobnicate" }), /Unrecognized command/],
  ["a command of a prototype", json({ command: "__proto__" }), /Unrecognized command/],
  ["an unknown call", json({ command: "query", "call-id": "none" }), /Unknown call-id/],
  [
    "an answer to an unknown call",
    json({ command: "answer", ...ids, "to-tag": "b", sdp: audioSdp("127.0.0.1", 4) }),
    /Unknown call-id/,
  ],
  ["an offer without SDP", json({ command: "offer", ...ids }), /No SDP body in message/],
  [
    "an offer without call-id",
    json({ command: "offer", "from-tag": "a", sdp: "v=0\r\n" }),
    /No call-id in message/,
  ],
  ["an SDP that is none", json({ command: "offer", ...ids, sdp: "hello" }), /Failed to parse SDP/],
  [
    "an SDP without media address",
    json({
      command: "offer",
      ...ids,
      sdp: "v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n",
    }),
    /SDP/,
  ],
  [
    "an SDP with a port out of range",
    json({ command: "offer", ...ids, sdp: audioSdp("127.0.0.1", 99_999) }),
    /SDP/,
  ],
  ["an SDP that is a number", json({ command: "offer", ...ids, sdp: 5 }), /./],
  ["an SDP that is a list", json({ command: "offer", ...ids, sdp: ["v=0"] }), /./],
  [
    "a call-id that is a dictionary",
    json({ command: "offer", ...ids, "call-id": {}, sdp: audioSdp("127.0.0.1", 4000) }),
    /call-id/,
  ],
  [
    "64 kB of SDP that is none",
    json({ command: "offer", ...ids, sdp: "x".repeat(64_000) }),
    /Failed to parse SDP/,
  ],
];

describe("a bad message", () => {
  afterEach(async () => {
    await subject.expectNoCalls();
    expect((await subject.ng.ask("ping")).result).toBe("pong");
  });

  it.each(REFUSED)("%s is refused with a reason", async (_title, message, reason) => {
    const reply = await datagram(`bad_${cookies++} ${message}`);
    expect(reply).toMatch(/^bad_\d+ .*error/s);
    expect(reply).toMatch(reason);
    expect(reply).not.toMatch(/Internal error/);
  });

  it("wrong types beside a good SDP do no harm", async () => {
    const sdp = audioSdp("127.0.0.1", 4000);
    const odd = [
      { flags: 5 },
      { flags: { a: 1 } },
      { replace: "origin" },
      { ICE: ["remove"] },
      { direction: 7 },
    ];
    for (const keys of [
      ...odd,
      { "rtcp-mux": {} },
      { codec: "strip" },
      { TOS: "high" },
      { "from-tag": 17 },
    ]) {
      const request = { command: "offer", ...ids, sdp, ...keys };
      const reply = JSON.parse((await datagram(`odd_${cookies++} ${json(request)}`)).replace(/^\S+ /, ""));
      expect(["ok", "error"]).toContain(reply.result);
      expect(reply["error-reason"]).not.toBe("Internal error");
      await subject.ng.ask("delete", { "call-id": "bad", "delete-delay": 0 });
    }
  });

  it("JSON nested thirty thousand times is looked through, not fallen into", async () => {
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
    for (const key of ["flags", "replace", "codec", "nonsense", "sdp"]) {
      const reply = await datagram(
        `deep_${cookies++} {"command":"offer","call-id":"bad","from-tag":"a","${key}":${deep}}`,
      );
      expect(reply).toMatch(/No SDP body in message/);
    }
  });

  it("an SDP whose rewritten form no datagram can hold gets an error, not silence", async () => {
    // Each section gains an address, a direction and an RTCP port.
    const sections = Array.from({ length: 12 }, (_, index) => `m=audio ${4000 + index} RTP/AVP 8`);
    const withFiller = (length: number): string =>
      offer("full", audioSdp("127.0.0.1", 3000, [`a=x-filler:${"x".repeat(length)}`, ...sections]));
    const room = MAX_DATAGRAM - `full ${withFiller(60_000)}`.length + 60_000;
    const reply = await datagram(`full ${withFiller(room)}`);
    expect(reply).toMatch(/^full d.*error-reason.*too long for a datagram/s);
    await subject.ng.ask("delete", { "call-id": "full", "delete-delay": 0 });
  });
});
