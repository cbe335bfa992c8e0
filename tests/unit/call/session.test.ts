import { describe, expect, it } from "vitest";
import { interpretSession } from "../../../src/call/session.ts";
import { parseSdp } from "../../../src/wire/sdp/parse.ts";
import { audioSdp, lines, TestEngine } from "../../support/engine.ts";

describe("a party's SDP", () => {
  it("gives the other party no second address", () => {
    const sdp = audioSdp("192.0.2.1", 4000, ["c=IN IP4 192.0.2.66"]).replace(
      "t=0 0",
      "c=IN IP4 192.0.2.66\r\nt=0 0",
    );
    const towardsBob = new TestEngine().offer(sdp);
    expect(lines(towardsBob, "c=")).toEqual(["c=IN IP4 203.0.113.1"]);
    expect(towardsBob).not.toContain("192.0.2.66");
  });

  it("costs no more than its length when an extension has no name", () => {
    const [blank, feed] = [" ".repeat(100_000), "\u000b"];
    const sdp = parseSdp(audioSdp("192.0.2.1", 4000));
    const attributes = [{ name: "extmap", value: `1${blank}\r${feed}\r` }];
    const started = performance.now();
    const session = interpretSession({ ...sdp, media: [{ ...sdp.media[0]!, attributes }] }, undefined);
    expect(session.medias[0]!.extensions).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
