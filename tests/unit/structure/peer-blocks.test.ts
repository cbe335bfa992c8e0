import { expect, it } from "vitest";
import { peerBlocksReference, unexplainedBlocks } from "../../conformance/peer-blocks.ts";

it("every block of upstream's tests that does not pass is listed with its reason", () => {
  expect(unexplainedBlocks()).toBe(0);
  expect(peerBlocksReference()).toContain("| **sum** |");
});
