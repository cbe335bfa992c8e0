import { afterAll, beforeAll, expect, it } from "vitest";
import { describeAsRoot } from "../../support/root.ts";
import { describeSdp } from "./support/capture.ts";
import { expectAudio } from "./support/expectations.ts";
import { Rig } from "./support/rig.ts";
import { Scenario } from "./support/scenario.ts";

describeAsRoot("hold by re-INVITE", "a namespace with a packet capture", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start({ backend: "steered", callerFamily: 4, calleeFamily: 6 });
  });
  afterAll(() => rig?.close());

  it("stops audio one way, on the same ports, and resuming starts it again", async () => {
    const { caller, callee } = rig;
    const traffic = await rig.play([
      [callee, heldCallee(callee)],
      [caller, holdingCaller(caller, rig.uri("callee"))],
    ]);
    const phases = [0, 1, 2].map((index) => ({
      offer: describeSdp(traffic.message("INVITE", { to: callee.address }, index).sdp),
      answer: describeSdp(traffic.message("200 INVITE", { to: caller.address }, index).sdp),
      from: traffic.message("ACK", { to: callee.address }, index).seconds,
    }));
    expect(phases.map(({ offer }) => offer.direction)).toEqual(["sendrecv", "sendonly", "sendrecv"]);
    expect(phases.map(({ answer }) => answer.direction)).toEqual(["sendrecv", "recvonly", "sendrecv"]);
    const inside = phases[0]!.answer.audio;
    const outside = phases[0]!.offer.audio;
    expect(new Set(phases.map(({ answer }) => answer.audio))).toEqual(new Set([inside]));
    expect(new Set(phases.map(({ offer }) => offer.audio))).toEqual(new Set([outside]));

    const ends = [
      traffic.message("INVITE", { from: caller.address }, 1).seconds,
      traffic.message("INVITE", { from: caller.address }, 2).seconds,
      traffic.message("BYE", { from: caller.address }).seconds,
    ];
    for (const [index, { from }] of phases.entries()) {
      const time = { from, until: ends[index]! };
      expect(time.until - time.from).toBeGreaterThan(0.9);
      expectAudio(traffic, caller, callee, { entry: inside, exit: outside, ...time });
      if (index !== 1) expectAudio(traffic, callee, caller, { entry: outside, exit: inside, ...time });
      else expect(traffic.audio({ to: caller.address, after: time.from, before: time.until })).toEqual([]);
    }
    expect(await rig.callIds()).toEqual([]);
  });
});

const holdingCaller = (me: Rig["caller"], uri: string): Scenario =>
  new Scenario(me)
    .invite(uri)
    .maybe(100, 180)
    .response(200)
    .ack()
    .talk()
    .wait(1000)
    .reinvite("sendonly")
    .maybe(100)
    .response(200)
    .ack()
    .wait(1000)
    .reinvite("sendrecv")
    .maybe(100)
    .response(200)
    .ack()
    .wait(1000)
    .bye();

const heldCallee = (me: Rig["callee"]): Scenario =>
  new Scenario(me)
    .request("INVITE")
    .respond(200, "OK", "sendrecv")
    .request("ACK")
    .talk()
    .established()
    .request("INVITE")
    .fallSilent()
    .respond(200, "OK", "recvonly")
    .request("ACK")
    .request("INVITE")
    .respond(200, "OK", "sendrecv")
    .request("ACK")
    .talkOn()
    .request("BYE")
    .respond(200, "OK");
