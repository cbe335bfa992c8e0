import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { NgClient, type NgClientOptions } from "../../../src/client/index.ts";
import { Phone } from "../../../src/phone/index.ts";
import { decodeNgMessage, encodeNgMessage } from "../../../src/wire/ng/message.ts";
import type { NgDictionary } from "../../../src/wire/ng/value.ts";
import { freePort, startEngine, type TestEngine } from "../support/engine.ts";

const LOCAL = { family: 4, address: "127.0.0.1" } as const;

describe("the NG client and a real daemon", () => {
  let engine: TestEngine;

  beforeAll(async () => {
    engine = await startEngine("--interface=127.0.0.1", "--delete-delay=0");
  });
  afterAll(() => engine.close());

  it.each([
    { transport: "udp", encoding: "bencode" },
    { transport: "udp", encoding: "json" },
    { transport: "tcp", encoding: "bencode" },
    { transport: "tcp", encoding: "json" },
  ] as const)("speak $encoding over $transport", async ({ transport, encoding }) => {
    const client = await NgClient.open({ server: engine.ng, transport, encoding });
    const phone = await Phone.open({ name: "alice", local: LOCAL, toneHz: 440, expectedToneHz: 660 });
    const callId = `${transport}-${encoding}`;
    try {
      await client.ping();
      const sdp = phone.offer();
      const offered = await client.offer({
        callId,
        fromTag: "a",
        sdp,
        replace: ["origin"],
        flags: ["trust-address"],
      });
      expect(offered).toMatch(/^v=0\r\n/);
      expect(await client.answer({ callId, fromTag: "a", toTag: "b", sdp })).toMatch(
        /^m=audio \d+ RTP\/AVP/m,
      );
      expect(await client.list()).toEqual([callId]);
      const { parties, createdSeconds } = await client.query({ callId });
      expect(createdSeconds).toBeGreaterThan(1e9);
      expect(parties.map(({ tag }) => tag).sort()).toEqual(["a", "b"]);
      const [rtp, rtcp] = parties[0]!.medias[0]!.streams;
      expect(rtp).toMatchObject({ advertisedEndpoint: phone.rtp, packets: 0, bytesOut: 0 });
      expect(rtcp!.local!.port).toBe(rtp!.local!.port + 1);
      expect(await client.statistics()).toBeTypeOf("object");
      await client.delete({ callId, fromTag: "a" });
      await expect(client.query({ callId })).rejects.toMatchObject({
        code: "E_NG_CLIENT_REFUSED",
        command: "query",
        reason: "Unknown call-id",
      });
      const many = Array.from({ length: 50 }, () => client.ping());
      await Promise.all(many);
    } finally {
      await Promise.all([client.close(), phone.close()]);
    }
    await expect(client.ping()).rejects.toMatchObject({ code: "E_NG_CLIENT_CLOSED" });
  });
});

describe("the NG client", () => {
  const open: { close(): unknown }[] = [];

  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });

  /** A server that answers, or does not, as `reply` says. */
  async function serve(
    reply: (cookie: string, body: NgDictionary) => NgDictionary | undefined,
  ): Promise<Socket> {
    const server = createSocket("udp4");
    server.on("message", (datagram, from) => {
      const { cookie, encoding, body } = decodeNgMessage(datagram);
      const answer = reply(cookie, body);
      if (answer) server.send(encodeNgMessage(cookie, encoding, answer), from.port, from.address);
    });
    server.bind(0, "127.0.0.1");
    await once(server, "listening");
    open.push(server);
    return server;
  }
  async function clientOf(port: number, options: Partial<NgClientOptions> = {}): Promise<NgClient> {
    const client = await NgClient.open({ server: { ...LOCAL, port }, ...options });
    open.push(client);
    return client;
  }

  it("repeats a request with the same cookie until the reply comes", async () => {
    const cookies: string[] = [];
    const server = await serve((cookie) => (cookies.push(cookie) > 2 ? { result: "pong" } : undefined));
    const client = await clientOf(server.address().port, { retransmitMs: 20 });
    await client.ping();
    expect(client.retransmissions).toBe(2);
    expect(new Set(cookies).size).toBe(1);
  });

  it("has cookies of its own, never one twice", async () => {
    const cookies: string[] = [];
    const server = await serve((cookie) => {
      cookies.push(cookie);
      return { result: "pong" };
    });
    const { port } = server.address();
    for (const client of [await clientOf(port), await clientOf(port)]) {
      for (let count = 0; count < 3; count++) await client.ping();
    }
    expect(new Set(cookies).size).toBe(6);
  });

  it("tells refusal, load limit and a reply without an SDP apart", async () => {
    const replies: NgDictionary[] = [
      { result: "error", "error-reason": "No such thing" },
      { result: "load limit", message: "CPU limit exceeded" },
      { result: "ok" },
    ];
    const server = await serve(() => replies.shift());
    const client = await clientOf(server.address().port);
    const offer = (): Promise<string> => client.offer({ callId: "c", fromTag: "a", sdp: "v=0" });
    await expect(offer()).rejects.toMatchObject({ code: "E_NG_CLIENT_REFUSED", reason: "No such thing" });
    await expect(offer()).rejects.toMatchObject({
      code: "E_NG_CLIENT_LOAD_LIMIT",
      reason: "CPU limit exceeded",
    });
    await expect(offer()).rejects.toMatchObject({ code: "E_NG_CLIENT_REPLY" });
  });

  it("gives up after its time, and names the server and why", async () => {
    const silent = await serve(() => undefined);
    const { port } = silent.address();
    const client = await clientOf(port, { timeoutMs: 50 });
    await expect(client.ping()).rejects.toMatchObject({
      code: "E_NG_CLIENT_TIMEOUT",
      message: `ping: no reply from 127.0.0.1:${port} within 50 ms`,
    });
    const nobody = await clientOf(await freePort(), { timeoutMs: 50 });
    await expect(nobody.ping()).rejects.toThrow(/within 50 ms \(.*ECONNREFUSED/);
  });

  it("takes no reply from another port than the server's", async () => {
    let stranger: Socket | undefined;
    const server = createSocket("udp4").bind(0, "127.0.0.1");
    open.push(server);
    await once(server, "listening");
    stranger = createSocket("udp4");
    open.push(stranger);
    server.on("message", (datagram, from) => {
      const { cookie } = decodeNgMessage(datagram);
      stranger?.send(encodeNgMessage(cookie, "bencode", { result: "pong" }), from.port, from.address);
    });
    const client = await clientOf(server.address().port, { timeoutMs: 60 });
    await expect(client.ping()).rejects.toMatchObject({ code: "E_NG_CLIENT_TIMEOUT" });
  });

  it("fails what is under way when a TCP server goes, and when nobody listens", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.destroy())).listen(
      0,
      "127.0.0.1",
    );
    open.push(server);
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const client = await clientOf(port, { transport: "tcp" });
    await expect(client.ping()).rejects.toMatchObject({ code: "E_NG_CLIENT_CONNECTION" });
    const nobody = { server: { ...LOCAL, port: await freePort() }, transport: "tcp" } as const;
    await expect(NgClient.open(nobody)).rejects.toMatchObject({ code: "E_NG_CLIENT_CONNECTION" });
  });
});
