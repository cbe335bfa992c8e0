import { createSocket } from "node:dgram";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Child, eventually } from "../../support/processes/child.ts";
import { Subject } from "../../support/processes/subject.ts";
import { describeBackends } from "../../support/root.ts";

const TALKER = fileURLToPath(new URL("../../support/processes/talker.mjs", import.meta.url));
const CALLER_PORT = 4000;

/** A call whose caller is a process of its own and talks. */
async function talkingCall(subject: Subject): Promise<Child> {
  const { address, ng } = subject;
  const answered = await subject.call("call", CALLER_PORT);
  const port = /m=audio (\d+)/.exec(answered.sdp)![1]!;
  const talker = new Child(process.execPath, [TALKER, "127.0.0.1", "0", address, port]);
  await eventually(async () => (await packets(ng)) > 10, 10_000);
  return talker;
}

async function packets(ng: Subject["ng"]): Promise<number> {
  return (await ng.ask("query", { "call-id": "call" })).totals.RTP.packets;
}

// At the same time, as each waits for most of it.
describe.concurrent("a daemon", () =>
  describeBackends((backend) => {
    it("closes the call of a phone that was killed, after the timeout, and frees its ports", async () => {
      await using subject = await Subject.start(backend, 4, ["--timeout=2"]);
      const talker = await talkingCall(subject);
      // Longer than the timeout: who talks stays.
      await eventually(async () => (await packets(subject.ng)) > 150, 10_000);
      await talker.stop("SIGKILL");
      await eventually(async () => (await subject.callIds()).length === 0, 6000);
      await subject.expectNoCalls();
      expect((await subject.call("next")).result).toBe("ok");
    });

    describe.each(["SIGTERM", "SIGINT"] as const)("%s", (signal) => {
      it("ends the daemon within 5 s while calls run, and nothing of it stays", async () => {
        await using subject = await Subject.start(backend, 100);
        const talker = await talkingCall(subject);
        try {
          for (let index = 0; index < 10; index++) await subject.call(`silent-${index}`);
          expect(await subject.daemon.child.stop(signal, 5000)).toBe(0);
          expect(subject.boundPorts()).toEqual([]);
          await expectOwnPorts(subject.address);
        } finally {
          await talker.stop("SIGKILL");
        }
      });
    });
  }));

/** Whoever binds a port of the range now gets what is sent there: nothing steers it elsewhere. */
async function expectOwnPorts(address: string): Promise<void> {
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve) => socket.bind(20_050, address, resolve));
    const received = new Promise((resolve) => socket.once("message", (bytes) => resolve(bytes.toString())));
    socket.send("mine", 20_050, address);
    expect(await received).toBe("mine");
  } finally {
    socket.close();
  }
}
