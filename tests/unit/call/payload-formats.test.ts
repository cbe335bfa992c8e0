import { describe, expect, it } from "vitest";
import { payloadFormats } from "../../../src/call/payload-formats.ts";
import { parseSdp } from "../../../src/wire/sdp/parse.ts";
import { audioSdp, lines, TestEngine } from "../../support/engine.ts";

const clockRates = (encoding: string): (number | undefined)[] => {
  const sdp = audioSdp("192.0.2.1", 4000, [`a=rtpmap:96 ${encoding}`], "96");
  return payloadFormats(parseSdp(sdp).media[0]!)!.map(({ clockRateHz }) => clockRateHz);
};

describe("payload formats", () => {
  it.each(["X/-1", "X/-8000", "X/0", "X/4294967296", "X/", "X"])(
    "have no clock rate where %s names none",
    (encoding) => {
      expect(clockRates(encoding)).toEqual([0]);
    },
  );

  it("count once where the format list repeats a payload type", () => {
    const repeated = audioSdp("192.0.2.1", 4000, ["a=rtpmap:96 X/8000"], "96 0 96 96 0");
    const formats = payloadFormats(parseSdp(repeated).media[0]!)!;
    expect(formats.map(({ payloadType }) => payloadType)).toEqual([96, 0]);
  });

  it("do not multiply what SDP says of one of them", () => {
    const feedback = Array.from({ length: 2000 }, () => "a=rtcp-fb:0 x");
    const sdp = audioSdp("192.0.2.1", 4000, feedback, Array(2000).fill("0").join(" "));
    const towardsBob = new TestEngine().offer(sdp);
    expect(lines(towardsBob, "a=rtcp-fb:")).toHaveLength(2000);
  });
});
