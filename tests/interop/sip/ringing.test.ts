import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../../support/processes/child.ts";
import { describeAsRoot } from "../../support/root.ts";
import { describeSdp } from "./support/capture.ts";
import { expectAudio } from "./support/expectations.ts";
import { Rig } from "./support/rig.ts";
import { Scenario } from "./support/scenario.ts";

describeAsRoot("before the answer", "a namespace with a packet capture", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start({ backend: "sockets", callerFamily: 6, calleeFamily: 6 });
  });
  afterAll(() => rig?.close());

  it("early media flow both ways between the 183 and the 200, and go on after it", async () => {
    const { caller, callee } = rig;
    const traffic = await rig.play([
      [callee, earlyCallee(callee)],
      [caller, earlyCaller(caller, rig.uri("callee"))],
    ]);
    const offer = describeSdp(traffic.message("INVITE", { to: callee.address }).sdp);
    const early = traffic.message("183 INVITE", { to: caller.address });
    const final = traffic.message("200 INVITE", { to: caller.address });
    const inside = describeSdp(early.sdp).audio;
    expect(describeSdp(final.sdp).audio).toBe(inside);
    const bye = traffic.message("BYE", { from: caller.address }).seconds;
    for (const time of [
      { from: early.seconds, until: final.seconds },
      { from: final.seconds, until: bye },
    ]) {
      expect(time.until - time.from).toBeGreaterThan(0.9);
      expectAudio(traffic, caller, callee, { entry: inside, exit: offer.audio, ...time });
      expectAudio(traffic, callee, caller, { entry: offer.audio, exit: inside, ...time });
    }
    expect(await rig.callIds()).toEqual([]);
  });

  it("a CANCEL ends the call in the engine, and its ports are free", async () => {
    const { caller, callee } = rig;
    const phones = [
      [callee, new Scenario(callee).ringUntilCancelled()],
      [caller, new Scenario(caller).invite(rig.uri("callee")).maybe(100).response(180).wait(1000).cancel()],
    ] as const;
    const traffic = await rig.play(phones, async () => {
      await eventually(async () => (await rig.callIds()).length === 1, 3000);
      expect((await rig.boundMediaPorts()).length).toBeGreaterThan(0);
    });
    expect(traffic.message("487 INVITE", { to: caller.address })).toBeDefined();
    expect(await rig.callIds()).toEqual([]);
    expect(await rig.boundMediaPorts()).toEqual([]);
  });
});

const earlyCaller = (me: Rig["caller"], uri: string): Scenario =>
  new Scenario(me).invite(uri).maybe(100).response(183).talk().response(200).ack().wait(1000).bye();

const earlyCallee = (me: Rig["callee"]): Scenario =>
  new Scenario(me)
    .request("INVITE")
    .respond(183, "Session Progress", "sendrecv")
    .talk()
    .wait(1000)
    .respond(200, "OK", "sendrecv")
    .request("ACK")
    .established()
    .request("BYE")
    .respond(200, "OK");
