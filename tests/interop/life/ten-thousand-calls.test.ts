import { describe, expect, it } from "vitest";
import { eventually } from "../../support/processes/child.ts";
import { inParallel } from "../../support/processes/ng.ts";
import { Subject } from "../../support/processes/subject.ts";
import { describeBackends } from "../../support/root.ts";

const CALLS = 10_000;
/** Of four ports each. */
const ROOM = 250;
/** Stored replies answer repeats for up to 20 s. */
const REPLIES_FORGOTTEN_MS = 30_000;

// At the same time, as each waits for most of it.
describe.concurrent("a daemon", () =>
  describeBackends((backend) => {
    it("has all of it back after 10,000 calls, and 10,000 more add nothing", async () => {
      await using subject = await Subject.start(backend, ROOM * 4);
      await subject.ng.ask("ping");
      const idle = { descriptors: subject.descriptors(), memory: await subject.residentKilobytes() };

      await makeAndDelete(subject, "first");
      await expectAsIdle(subject, idle.descriptors);
      const first = await settledMemory(subject, idle.memory * 1.2);

      await makeAndDelete(subject, "second");
      await expectAsIdle(subject, idle.descriptors);
      await settledMemory(subject, first * 1.01);

      await expectWholeRange(subject);
    });
  }));

async function makeAndDelete(subject: Subject, name: string): Promise<void> {
  await inParallel(CALLS, 40, async (index) => {
    const callId = `${name}-${index}`;
    expect((await subject.call(callId)).result).toBe("ok");
    const deleted = await subject.hangUp(callId);
    expect(deleted).toMatchObject({ result: "ok" });
    expect(deleted.warning).toBeUndefined();
  });
}

async function expectAsIdle(subject: Subject, descriptors: number): Promise<void> {
  await subject.expectNoCalls();
  expect(subject.descriptors()).toBe(descriptors);
}

/** Waits until no more than `limit` kB are in use. */
async function settledMemory(subject: Subject, limit: number): Promise<number> {
  let memory = Number.POSITIVE_INFINITY;
  let askAt = 0;
  await eventually(
    async () => {
      if (performance.now() < askAt) return false;
      askAt = performance.now() + 1000;
      memory = await subject.residentKilobytes();
      return memory <= limit;
    },
    REPLIES_FORGOTTEN_MS,
    () => `${memory} kB are in use, of ${Math.floor(limit)} kB`,
  );
  return memory;
}

/** Every port there is can be taken again. */
async function expectWholeRange(subject: Subject): Promise<void> {
  for (let index = 0; index < ROOM; index++) {
    expect((await subject.call(`fill-${index}`)).result).toBe("ok");
  }
  expect(await subject.call("one too many")).toMatchObject({
    result: "error",
    "error-reason": "Ran out of ports",
  });
}
