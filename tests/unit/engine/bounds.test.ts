import { expect, it } from "vitest";
import { MAX_ALIASES, MAX_PARTIES, MAX_PARTIES_EVER, MAX_PORT_MAPS } from "../../../src/call/bounds.ts";
import { audioSdp, mediaPorts, TestEngine } from "../../support/engine.ts";

const ALICE = audioSdp("198.51.100.1", 4000);
const BOB = audioSdp("198.51.100.2", 5000);

it("a party that moves with every re-INVITE keeps the call at a bounded number of ports", () => {
  const test = new TestEngine();
  test.offer(ALICE);
  test.answer(BOB);
  for (let at = 0; at < 100; at++) {
    const [port] = mediaPorts(test.offer(audioSdp("198.51.100.1", 6000 + 2 * at), { "to-tag": "B" }));
    const current = test.engine.find("call")!.medias[1]!;
    expect(current.portMaps[current.portMap]!.sockets[0]!.port).toBe(port);
  }
  expect(test.dataplane.ports.size).toBe(2 + 2 * MAX_PORT_MAPS);
  expect(test.dataplane.flows.size).toBe(test.dataplane.ports.size);
  expect(test.outgrownPorts).toBe(2 * (101 - MAX_PORT_MAPS));
});

it("a section that is switched off and on again keeps the call at a bounded number of ports", () => {
  const test = new TestEngine();
  test.offer(ALICE);
  test.answer(BOB);
  for (let at = 0; at < 50; at++) {
    test.offer(audioSdp("198.51.100.1", at % 2 === 0 ? 0 : 4000), { "to-tag": "B" });
    test.answer(audioSdp("198.51.100.2", at % 2 === 0 ? 0 : 5000));
  }
  expect(test.dataplane.ports.size).toBeLessThanOrEqual(4 * MAX_PORT_MAPS);
});

it("a call has a bounded number of branches, and is none the worse for one too many", () => {
  const test = new TestEngine();
  for (let branch = 1; branch < MAX_PARTIES; branch++) test.offer(ALICE, { "via-branch": `b${branch}` });
  const ports = test.dataplane.ports.size;
  const more = (): string => test.offer(ALICE, { "via-branch": "more" });
  expect(more).toThrow(`More than ${MAX_PARTIES} parties in one call`);
  expect(test.dataplane.ports.size).toBe(ports);
  test.remove({ fromTag: "A", viaBranch: "b1" });
  expect(more).not.toThrow();
});

it("branches that come and go leave no more than their number behind", () => {
  const test = new TestEngine();
  const fork = (at: number): string => test.offer(ALICE, { "via-branch": `b${at}` });
  fork(0);
  for (let at = 1; at < MAX_PARTIES_EVER - 1; at++) {
    fork(at);
    test.remove({ fromTag: "A", viaBranch: `b${at}` });
  }
  expect(() => fork(-1)).toThrow("parties in one call");
});

it("an answerer whose tag changes is known by its last tags only", () => {
  const test = new TestEngine();
  test.offer(ALICE);
  for (let at = 0; at < 200; at++) test.answer(BOB, { "to-tag": `B${at}` });
  const [, bob] = test.engine.find("call")!.monologues;
  expect(bob!.tagAliases).toHaveLength(MAX_ALIASES);
  expect(bob!.tagAliases.at(-1)).toBe("B198");
});

it("a call remembers a bounded number of other names of its parties, each once", () => {
  const test = new TestEngine();
  const offer = (port: number): string => {
    return test.offer(audioSdp("198.51.100.1", port), { "alias-key": "address", "to-tag": "B" });
  };
  test.offer(ALICE);
  test.answer(BOB);
  for (let at = 0; at < 200; at++) offer(6000 + 2 * at);
  expect(test.engine.find("call")!.aliases).toHaveLength(MAX_ALIASES);
  for (let at = 0; at < 200; at++) offer(4000);
  expect(test.engine.find("call")!.aliases.filter(({ key }) => key.endsWith(" 4000"))).toHaveLength(1);
});
