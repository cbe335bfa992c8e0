import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../support/processes/child.ts";
import { audioSdp } from "../../support/processes/ng.ts";
import { Subject } from "../../support/processes/subject.ts";

// The peer's own command line client, from Debian's package rtpengine-utils.
let subject: Subject;

beforeAll(async () => {
  subject = await Subject.start("sockets", 100);
});
afterAll(() => subject?.[Symbol.asyncDispose]());

const client = (...args: string[]): Promise<{ status: number | string; output: string }> =>
  run("rtpengine-ng-client", [`--proxy-address=${subject.address}`, "--proxy-port=2223", ...args]);

/** The SDP that the client prints as new. */
const newSdp = (output: string): string => output.slice(output.indexOf("New SDP:"));

describe.each([
  { encoding: "bencode", option: [] },
  { encoding: "JSON", option: ["--json"] },
])("rtpengine-ng-client in $encoding", ({ encoding, option }) => {
  const ids = [`--call-id=${encoding}`, "--from-tag=caller"];

  it("pings", async () => {
    const { status, output } = await client(...option, "ping");
    expect(output).toMatch(/result => 'pong'/);
    expect(status).toBe(0);
  });

  it("makes a call, sees it in list and query, and deletes it", async () => {
    const rewrite = ["--trust-address", "--replace-origin", "--replace-session-connection", "--ICE=remove"];
    const offer = await client(
      ...option,
      "offer",
      ...ids,
      ...rewrite,
      `--sdp=${audioSdp("127.0.0.1", 4000)}`,
    );
    expect(newSdp(offer.output)).toMatch(new RegExp(`c=IN IP4 ${subject.address}`));
    expect(newSdp(offer.output)).not.toMatch(/127\.0\.0\.1/);
    const answer = await client(
      ...option,
      "answer",
      ...ids,
      "--to-tag=callee",
      ...rewrite,
      `--sdp=${audioSdp("127.0.0.1", 4002)}`,
    );
    expect(newSdp(answer.output)).not.toMatch(/127\.0\.0\.1/);

    expect((await client(...option, "list")).output).toContain(`'${encoding}'`);
    const query = await client(...option, "query", ...ids);
    expect(query.output).toMatch(/tag => 'callee'/);
    expect(query.output).toMatch(/port'? => '?4002'?/);

    const deleted = await client(...option, "delete", ...ids, "--delete-delay=0");
    expect(deleted.output).toMatch(/totals => /);
    expect(deleted.output).not.toMatch(/warning/);
    await subject.expectNoCalls();
  });

  it("hands on its options: flags, rtcp-mux, media address, source address, metadata", async () => {
    const options = [
      "--flags=no-rtcp-attribute",
      "--rtcp-mux=demux",
      "--media-address=192.0.2.9",
      "--TOS=184",
    ];
    const { output, status } = await client(
      ...option,
      "offer",
      `--call-id=${encoding}-options`,
      "--from-tag=caller",
      ...options,
      "--metadata=note",
      "--codec-strip=PCMU",
      "--sip-source-address",
      "--received-from=IP4",
      "--received-from=203.0.113.7",
      `--sdp=${audioSdp("10.0.0.1", 4000, ["a=rtcp-mux"])}`,
    );
    expect(status).toBe(0);
    expect(newSdp(output)).toMatch(/c=IN IP4 192\.0\.2\.9/);
    expect(newSdp(output)).not.toMatch(/a=rtcp/);
    const call = await subject.ng.ask("query", { "call-id": `${encoding}-options` });
    expect(call.metadata).toBe("note");
    expect(call.tags.caller.medias[0].streams[0].endpoint.address).toBe("203.0.113.7");
    await subject.hangUp(`${encoding}-options`);
  });

  it("is told why a request is refused", async () => {
    const unknown = await client(...option, "query", "--call-id=none");
    expect(unknown.output).toMatch(/Error reason: "Unknown call-id"/);
    expect(unknown.status).not.toBe(0);
    const noTag = await client(...option, "offer", "--call-id=x", `--sdp=${audioSdp("127.0.0.1", 4000)}`);
    expect(noTag.output).toMatch(/Error reason: "No from-tag in message"/);
    const gone = await client(...option, "delete", "--call-id=none", "--from-tag=x");
    expect(gone.output).toMatch(/warning => 'Call-ID not found/);
    expect(gone.status).toBe(0);
  });
});
