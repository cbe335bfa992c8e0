import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeAsRoot } from "../../support/root.ts";
import { describeSdp } from "./support/capture.ts";
import { expectAudio, expectSilenceAfterBye } from "./support/expectations.ts";
import { HOSTS, Rig, type RigOptions } from "./support/rig.ts";
import { Scenario } from "./support/scenario.ts";

const CASES: (RigOptions & { title: string })[] = [
  { title: "IPv4, steered", backend: "steered", callerFamily: 4, calleeFamily: 4 },
  { title: "IPv4, on sockets", backend: "sockets", callerFamily: 4, calleeFamily: 4 },
  { title: "IPv6, steered", backend: "steered", callerFamily: 6, calleeFamily: 6 },
  { title: "IPv4 to IPv6, steered", backend: "steered", callerFamily: 4, calleeFamily: 6 },
  { title: "IPv6 to IPv4, on sockets", backend: "sockets", callerFamily: 6, calleeFamily: 4 },
];

describeAsRoot("a call through Kamailio", "a namespace with a packet capture", () => {
  describe.each(CASES)("$title", (options) => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await Rig.start(options);
    });
    afterAll(() => rig?.close());

    it("carries audio both ways until the BYE, between addresses of the engine alone", async () => {
      const { caller, callee } = rig;
      const traffic = await rig.play([
        [callee, callee_(callee)],
        [caller, caller_(caller, rig.uri("callee"))],
      ]);
      const inside = HOSTS[options.callerFamily].engineInside;
      const outside = HOSTS[options.calleeFamily].engineOutside;

      const offer = describeSdp(traffic.message("INVITE", { to: callee.address }).sdp);
      const answer = describeSdp(traffic.message("200 INVITE", { to: caller.address }).sdp);
      expect(new Set(offer.addresses)).toEqual(new Set([outside]));
      expect(new Set(answer.addresses)).toEqual(new Set([inside]));

      const from = traffic.message("ACK", { to: callee.address }).seconds;
      const until = traffic.message("BYE", { from: caller.address }).seconds;
      expect(until - from).toBeGreaterThan(1);
      const route = { inside: answer.audio, outside: offer.audio, from, until };
      expectAudio(traffic, caller, callee, { entry: route.inside, exit: route.outside, from, until });
      expectAudio(traffic, callee, caller, { entry: route.outside, exit: route.inside, from, until });
      expectSilenceAfterBye(traffic, caller, callee);
      expect(await rig.callIds()).toEqual([]);
    });
  });
});

const caller_ = (me: Rig["caller"], uri: string): Scenario =>
  new Scenario(me).invite(uri).maybe(100, 180).response(200).ack().talk().wait(1500).bye().wait(300);

// Talks on after the BYE, to nobody.
const callee_ = (me: Rig["callee"]): Scenario =>
  new Scenario(me)
    .request("INVITE")
    .respond(180, "Ringing")
    .respond(200, "OK", "sendrecv")
    .request("ACK")
    .talk()
    .established()
    .request("BYE")
    .respond(200, "OK")
    .wait(600);
