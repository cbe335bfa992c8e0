import { expect, it } from "vitest";
import { Subject } from "../../support/processes/subject.ts";
import { describeBackends } from "../../support/root.ts";

const RAN_OUT = { result: "error", "error-reason": "Ran out of ports" };

describeBackends((backend) => {
  it("says that ports ran out, keeps the calls there are, and goes on once one has ended", async () => {
    await using subject = await Subject.start(backend, 12);
    const { ng } = subject;
    for (const callId of ["one", "two", "three"]) expect((await subject.call(callId)).result).toBe("ok");
    for (let attempt = 0; attempt < 20; attempt++)
      expect(await subject.call(`late-${attempt}`)).toMatchObject(RAN_OUT);
    expect((await subject.callIds()).sort()).toEqual(["one", "three", "two"]);

    expect((await subject.hangUp("two")).result).toBe("ok");
    expect((await subject.call("four")).result).toBe("ok");
    expect(await subject.call("five")).toMatchObject(RAN_OUT);

    for (const callId of ["one", "three", "four"]) await subject.hangUp(callId);
    await subject.expectNoCalls();
    expect((await ng.ask("ping")).result).toBe("pong");
  });

  it("ends a call whose further media find no ports, and holds none for it", async () => {
    await using subject = await Subject.start(backend, 6);
    const { ng } = subject;
    expect((await subject.call("call")).result).toBe("ok");
    const sdp = [
      "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0",
      "m=audio 4000 RTP/AVP 8",
      "m=video 4004 RTP/AVP 96\r\na=rtpmap:96 VP8/90000",
      "",
    ].join("\r\n");
    const again = await ng.ask("offer", { "call-id": "call", "from-tag": "caller", "to-tag": "callee", sdp });
    expect(again).toMatchObject(RAN_OUT);
    await subject.expectNoCalls();
    expect((await subject.call("next")).result).toBe("ok");
  });
});
