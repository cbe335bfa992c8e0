import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeAsRoot } from "../../support/root.ts";
import { describeSdp } from "./support/capture.ts";
import { expectAudio } from "./support/expectations.ts";
import { Rig } from "./support/rig.ts";
import { Scenario } from "./support/scenario.ts";

const NAMINGS = [
  { inRequest: "auto", inReply: "auto" },
  { inRequest: "1", inReply: "2" },
];

describeAsRoot("when a proxy before Kamailio forks", "a namespace with a packet capture", () => {
  describe.each(NAMINGS)("via-branch=$inRequest in requests and $inReply in replies", (viaBranch) => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await Rig.start({ backend: "steered", callerFamily: 4, calleeFamily: 4, viaBranch });
    });
    afterAll(() => rig?.close());

    it("tells branches apart by the Via they came with, and the CANCEL of one leaves the other talking", async () => {
      const { caller, callee, second } = rig;
      let forked: string[] = [];
      let cancelled: string[] = [];
      const phones = [
        [callee, new Scenario(callee).ringUntilCancelled()],
        [second, answeringPhone(second)],
        [caller, forkedCaller(caller, rig.uri("callee"), rig.uri("second"))],
      ] as const;
      const traffic = await rig.play(phones, async () => {
        forked = await rig.heldMediaPortsOnce(6);
        cancelled = await rig.heldMediaPortsOnce(4);
      });
      const [viaOfLoser, viaOfWinner] = [0, 1].map(
        (index) => traffic.message("INVITE", { from: caller.address }, index).branches[0],
      );
      const branchesOf = (command: "offer" | "answer" | "delete"): unknown[] =>
        traffic.requests(command).map(({ keys }) => keys["via-branch"]);
      expect(branchesOf("offer")).toEqual([viaOfLoser, viaOfWinner]);
      expect(branchesOf("answer")).toEqual([viaOfWinner]);
      const bye = traffic.message("BYE", { from: caller.address });
      // No offer came with the Via of the BYE: what it names is the caller, by its tag.
      expect(branchesOf("delete")).toEqual([viaOfLoser, bye.branches[0]]);
      expect(traffic.requests("delete").map(({ keys }) => keys["from-tag"])).toEqual(
        Array(2).fill(bye.tags.from),
      );

      const [toLoser, toWinner] = traffic.requests("offer").map(({ reply }) => describeSdp(`${reply.sdp}`));
      const answer = describeSdp(traffic.message("200 INVITE", { to: caller.address }).sdp);
      expect(forked).toEqual(expect.arrayContaining([toLoser!.audio, toWinner!.audio, answer.audio]));
      expect(cancelled).toEqual(expect.arrayContaining([toWinner!.audio, answer.audio]));
      expect(cancelled).not.toContain(toLoser!.audio);
      const cancel = traffic.message("487 INVITE", { to: caller.address }).seconds;
      for (const time of [
        { from: traffic.message("ACK", { to: second.address }).seconds, until: cancel },
        { from: cancel, until: bye.seconds },
      ]) {
        expect(time.until - time.from).toBeGreaterThan(0.5);
        expectAudio(traffic, caller, second, { entry: answer.audio, exit: toWinner!.audio, ...time });
        expectAudio(traffic, second, caller, { entry: toWinner!.audio, exit: answer.audio, ...time });
      }
      expect(traffic.audio({ to: callee.address })).toEqual([]);
      expect(await rig.callIds()).toEqual([]);
      expect(await rig.heldMediaPorts()).toEqual([]);
    });

    it("ends the call with the CANCEL of its only branch", async () => {
      const { caller, callee } = rig;
      const phones = [
        [callee, new Scenario(callee).ringUntilCancelled()],
        [caller, new Scenario(caller).invite(rig.uri("callee")).maybe(100).response(180).wait(500).cancel()],
      ] as const;
      const traffic = await rig.play(phones, async () => {
        await rig.heldMediaPortsOnce(4);
      });
      const via = traffic.message("INVITE", { from: caller.address }).branches[0];
      expect(traffic.requests("delete").map(({ keys }) => keys["via-branch"])).toEqual([via]);
      expect(await rig.callIds()).toEqual([]);
      expect(await rig.heldMediaPorts()).toEqual([]);
    });
  });
});

const forkedCaller = (me: Rig["caller"], first: string, second: string): Scenario =>
  new Scenario(me)
    .invite(first)
    .maybe(100)
    .response(180)
    .alsoInvite(second)
    .maybe(100)
    .response(200)
    .ack()
    .talk()
    .wait(800)
    .cancel(0)
    .wait(800)
    .bye();

const answeringPhone = (me: Rig["second"]): Scenario =>
  new Scenario(me)
    .request("INVITE")
    .respond(200, "OK", "sendrecv")
    .request("ACK")
    .talk()
    .established()
    .request("BYE")
    .respond(200, "OK");
