import { expect, it } from "vitest";
import { refusalOf } from "../../../src/dataplane/relay/refusal.ts";
import type { KeyId, Need } from "../../../src/flow/flow.ts";
import { endpoint, makeFlow } from "./support/bench.ts";

const sinks = (count: number): object[] =>
  Array.from({ length: count }, () => ({ to: endpoint("192.0.2.9:9") }));

it("carries plain flows with up to sixteen sinks", () => {
  expect(refusalOf(makeFlow(0, {}, sinks(16)))).toBeUndefined();
  expect(refusalOf(makeFlow(0, {}, sinks(17)))).toBe("too-many-sinks");
});

it("refuses keys on either side", () => {
  const unprotectKey = 1 as KeyId;
  expect(refusalOf(makeFlow(0, {}, [], { unprotectKey }))).toBe("protects");
  expect(refusalOf(makeFlow(0, {}, [{ to: endpoint("192.0.2.9:9"), protectKey: unprotectKey }]))).toBe(
    "protects",
  );
});

it.each<[Need, string]>([
  ["transcode", "transcodes"],
  ["record", "records"],
  ["protect", "protects"],
  ["unprotect", "protects"],
  ["rtcp-rewrite", "rewrites-rtcp"],
  ["dtmf-events", "listens-for-dtmf"],
])("refuses a flow that needs %s: %s", (need, reason) => {
  expect(refusalOf(makeFlow(0, {}, [], { needs: [need] }))).toBe(reason);
});
