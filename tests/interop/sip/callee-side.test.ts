import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeAsRoot } from "../../support/root.ts";
import { describeSdp } from "./support/capture.ts";
import { expectAudio, expectRecord } from "./support/expectations.ts";
import { Rig, type RigOptions } from "./support/rig.ts";
import { Scenario } from "./support/scenario.ts";

const CASES: (RigOptions & { title: string })[] = [
  { title: "IPv4 to IPv6, steered", backend: "steered", callerFamily: 4, calleeFamily: 6 },
  {
    title: "IPv6 to IPv4, sockets, via-branch=auto",
    backend: "sockets",
    callerFamily: 6,
    calleeFamily: 4,
    viaBranch: { inRequest: "auto", inReply: "auto" },
  },
];

describeAsRoot("a callee that holds, resumes and hangs up", "a namespace with a packet capture", () => {
  describe.each(CASES)("$title", (options) => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await Rig.start(options);
    });
    afterAll(() => rig?.close());

    it("keeps both ports, is heard and hears again, and its BYE leaves a record of both parties", async () => {
      const { caller, callee } = rig;
      const traffic = await rig.play([
        [callee, holdingCallee(callee)],
        [caller, heldCaller(caller, rig.uri("callee"))],
      ]);
      const invite = traffic.message("INVITE", { to: callee.address });
      const reinvite = (index: number) => ({
        asked: traffic.message("INVITE", { from: callee.address }, index),
        offer: describeSdp(traffic.message("INVITE", { to: caller.address }, index).sdp),
        answer: describeSdp(traffic.message("200 INVITE", { to: callee.address }, index).sdp),
        done: traffic.message("ACK", { to: caller.address }, index).seconds,
      });
      const [hold, resume] = [reinvite(0), reinvite(1)];
      const inside = describeSdp(traffic.message("200 INVITE", { to: caller.address }).sdp).audio;
      const outside = describeSdp(invite.sdp).audio;
      expect([hold.offer.direction, hold.answer.direction]).toEqual(["sendonly", "recvonly"]);
      expect([resume.offer.direction, resume.answer.direction]).toEqual(["sendrecv", "sendrecv"]);
      for (const { offer, answer } of [hold, resume])
        expect([offer.audio, answer.audio]).toEqual([inside, outside]);

      // In what the callee begins, an answer's From tag is the callee's too.
      const toCallee = { "from-tag": invite.tags.from };
      const fromCallee = { "from-tag": hold.asked.tags.from, "to-tag": invite.tags.from };
      for (const command of ["offer", "answer"] as const)
        expect(traffic.requests(command).map(({ keys }) => keys)).toMatchObject([
          toCallee,
          fromCallee,
          fromCallee,
        ]);

      const bye = traffic.message("BYE", { from: callee.address });
      const stretches = [
        { from: traffic.message("ACK", { to: callee.address }).seconds, until: hold.asked.seconds },
        { from: hold.done, until: resume.asked.seconds },
        { from: resume.done, until: bye.seconds },
      ];
      for (const [index, time] of stretches.entries()) {
        expect(time.until - time.from).toBeGreaterThan(0.5);
        expectAudio(traffic, callee, caller, { entry: outside, exit: inside, ...time });
        if (index !== 1) expectAudio(traffic, caller, callee, { entry: inside, exit: outside, ...time });
        else expect(traffic.audio({ to: callee.address, after: time.from, before: time.until })).toEqual([]);
      }
      const [end, ...others] = traffic.requests("delete");
      expect(others).toEqual([]);
      expect(end!.keys["from-tag"]).toBe(bye.tags.from);
      expectRecord(traffic, end!, [
        { party: caller, tag: bye.tags.to, port: inside },
        { party: callee, tag: bye.tags.from, port: outside },
      ]);
      expect(await rig.callIds()).toEqual([]);
      expect(await rig.heldMediaPorts()).toEqual([]);
    });
  });
});

const holdingCallee = (me: Rig["callee"]): Scenario =>
  new Scenario(me)
    .request("INVITE")
    .respond(200, "OK", "sendrecv")
    .request("ACK")
    .talk()
    .wait(900)
    .reinvite("sendonly")
    .maybe(100)
    .response(200)
    .ack()
    .wait(900)
    .reinvite("sendrecv")
    .maybe(100)
    .response(200)
    .ack()
    .wait(900)
    .bye();

const heldCaller = (me: Rig["caller"], uri: string): Scenario =>
  new Scenario(me)
    .invite(uri)
    .maybe(100, 180)
    .response(200)
    .ack()
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
