import { expect, it } from "vitest";
import type { Flow } from "../../../src/flow/flow.ts";
import { audioSdp, TestEngine } from "../../support/engine.ts";

const ALICE = audioSdp("198.51.100.1", 4000);
const BOB = audioSdp("198.51.100.2", 5000);

/** A data plane that fails at the last of the flows it is given next. */
function failOnce(test: TestEngine): void {
  const { dataplane } = test;
  const original = dataplane.apply.bind(dataplane);
  dataplane.apply = (flows: readonly Flow[]) => {
    dataplane.apply = original;
    original(flows.slice(0, -1));
    throw new Error("no");
  };
}

it("a data plane that refuses the flows of a new call leaves no port behind", () => {
  const test = new TestEngine();
  failOnce(test);
  expect(() => test.offer(ALICE)).toThrow("no");
  expect(test.engine.size).toBe(0);
  expect(test.dataplane.ports.size).toBe(0);
});

it("a data plane that refuses the flows of a re-INVITE leaves the call with its old ports and flows", () => {
  const test = new TestEngine();
  test.offer(ALICE);
  test.answer(BOB);
  const ports = [...test.dataplane.ports.keys()];
  const flows = new Map(test.dataplane.flows);
  failOnce(test);
  expect(() => test.offer(audioSdp("198.51.100.1", 4400), { "to-tag": "B" })).toThrow("no");
  expect([...test.dataplane.ports.keys()]).toEqual(ports);
  expect(new Map(test.dataplane.flows)).toEqual(flows);
});
