import { describe, expect, it } from "vitest";
import { readCall } from "../../../src/client/call-reading.ts";
import { deleteBody, sessionBody } from "../../../src/client/requests.ts";
import { parseNgRequest } from "../../../src/wire/ng/request.ts";

describe("the client's requests", () => {
  it("are what the engine's own parser reads", () => {
    const body = sessionBody({
      callId: "c",
      fromTag: "a",
      toTag: "b",
      viaBranch: "z9hG4bK1",
      sdp: "v=0",
      flags: ["trust-address"],
      replace: ["origin"],
      rtcpMux: ["demux"],
      direction: ["inside", "outside"],
      transportProtocol: "RTP/AVP",
      ice: "remove",
      addressFamily: "IP6",
      receivedFrom: "192.0.2.1",
      more: { label: "one" },
    });
    const request = parseNgRequest({ command: "offer", ...body });
    expect(request).toMatchObject({ command: "offer", callId: "c", fromTag: "a", toTag: "b", sdp: "v=0" });
    expect(request.unknownKeys).toEqual([]);
    expect(body["received-from"]).toEqual(["IP4", "192.0.2.1"]);
    expect(sessionBody({ callId: "c", fromTag: "a", sdp: "", receivedFrom: "::1" })["received-from"]).toEqual(
      ["IP6", "::1"],
    );
  });

  it("hold nothing that was not given", () => {
    expect(sessionBody({ callId: "c", fromTag: "a", sdp: "v=0" })).toEqual({
      "call-id": "c",
      "from-tag": "a",
      sdp: "v=0",
    });
    expect(deleteBody({ callId: "c", deleteDelaySeconds: 0 })).toEqual({ "call-id": "c", "delete-delay": 0 });
  });
});

describe("the reading of a call", () => {
  it("survives a reply that says nothing, or nonsense", () => {
    expect(readCall({})).toMatchObject({ createdSeconds: 0, parties: [] });
    const odd = readCall({
      tags: { a: { medias: ["x", { streams: [7, { stats: [], endpoint: "here" }] }] } },
    });
    expect(odd.parties[0]!.medias).toHaveLength(2);
    expect(odd.parties[0]!.medias[1]!.streams[1]).toMatchObject({
      endpoint: undefined,
      packets: 0,
      flags: [],
    });
  });
});
