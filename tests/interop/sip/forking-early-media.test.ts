import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeAsRoot } from "../../support/root.ts";
import { type CapturedSip, describeSdp } from "./support/capture.ts";
import { expectAudio } from "./support/expectations.ts";
import { Rig } from "./support/rig.ts";
import { Scenario } from "./support/scenario.ts";

/** How a branch is named in requests and in replies, and which names an INVITE that went out then has. */
const NAMINGS = [
  {
    inRequest: "extra",
    inReply: "extra",
    nameOf: ({ branches }: CapturedSip, index: number) => `${branches[1]}${index}`,
  },
  { inRequest: "auto-next", inReply: "auto-next", nameOf: ({ branches }: CapturedSip) => branches[0]! },
  { inRequest: "next", inReply: "1", nameOf: ({ branches }: CapturedSip) => branches[0]! },
];

/** A phone that is told of another port may have a packet on its way to the old one. */
const SETTLING_SECONDS = 0.1;

describeAsRoot("a forked INVITE, steered", "a namespace with a packet capture", () => {
  describe.each(NAMINGS)("via-branch=$inRequest in requests and $inReply in replies", (naming) => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await Rig.start({ backend: "steered", callerFamily: 4, calleeFamily: 4, viaBranch: naming });
    });
    afterAll(() => rig?.close());

    it("connects early media of whoever spoke up last, then the winner, and closes the loser's ports", async () => {
      const { caller, callee, second } = rig;
      let early: string[] = [];
      let answered: string[] = [];
      let refusing: string[] = [];
      const phones = [
        [callee, winner(callee)],
        [second, new Scenario(second).talkUntilCancelled(900, 1200)],
        [caller, dialler(caller, rig.uri("both"))],
      ] as const;
      const traffic = await rig.play(phones, async () => {
        // As with upstream, the caller gets a pair of ports for each branch that has told where it is.
        early = await rig.heldMediaPortsOnce(8);
        answered = await rig.heldMediaPortsOnce(6);
        refusing = await rig.refusingPorts(early);
      });

      const invites = [callee, second].map(({ address }) => traffic.message("INVITE", { to: address }));
      const [toWinner, toLoser] = invites.map(({ sdp }) => describeSdp(sdp).audio) as [string, string];
      const [nameOfWinner, nameOfLoser] = invites.map(naming.nameOf);
      const namesIn = (command: "offer" | "answer" | "delete"): unknown[] =>
        traffic.requests(command).map(({ keys }) => keys["via-branch"]);
      expect(nameOfLoser).not.toBe(nameOfWinner);
      expect(namesIn("offer")).toEqual([nameOfWinner, nameOfLoser]);
      expect(namesIn("answer")).toEqual([nameOfWinner, nameOfLoser, nameOfWinner]);
      expect(namesIn("delete")[0]).toBe(nameOfLoser);

      const toCaller = { to: caller.address };
      const rings = [0, 1].map((index) => traffic.message("183 INVITE", toCaller, index));
      const answer = traffic.message("200 INVITE", toCaller);
      const [inside, insideOfLoser] = rings.map(({ sdp }) => describeSdp(sdp).audio) as [string, string];
      expect(describeSdp(answer.sdp).audio).toBe(inside);
      expect(early).toEqual(expect.arrayContaining([inside, insideOfLoser, toWinner, toLoser]));
      expect(answered).toEqual(expect.arrayContaining([inside, toWinner]));
      expect(answered).not.toContain(toLoser);
      expect(refusing).toContain(toLoser);
      expect(refusing.sort()).toEqual(early.filter((port) => !answered.includes(port)).sort());

      // Upstream 10.5 sends the caller all branches' early media, one into the other; ours that of one at a time.
      const bye = traffic.message("BYE", { from: caller.address }).seconds;
      const ofWinner = { heard: callee, unheard: second, outside: toWinner, inside };
      const ofLoser = { heard: second, unheard: callee, outside: toLoser, inside: insideOfLoser };
      const isRinging = (phone: Rig["callee"]): number =>
        traffic.message("183 INVITE", { from: phone.address }).seconds;
      const stretches = [
        { ...ofWinner, since: rings[0]!.seconds, until: isRinging(second) },
        {
          ...ofLoser,
          since: rings[1]!.seconds,
          until: traffic.message("200 INVITE", { from: callee.address }).seconds,
        },
        { ...ofWinner, since: answer.seconds, until: bye },
      ];
      for (const { heard, unheard, since, until, ...ports } of stretches) {
        const from = since + SETTLING_SECONDS;
        expect(until - from).toBeGreaterThan(0.5);
        expectAudio(traffic, caller, heard, { entry: ports.inside, exit: ports.outside, from, until });
        expectAudio(traffic, heard, caller, { entry: ports.outside, exit: ports.inside, from, until });
        expect(traffic.audio({ to: unheard.address, after: from, before: until })).toEqual([]);
      }
      const lost = traffic.message("487 INVITE", { from: second.address }).seconds;
      expect(traffic.audio({ from: second.address, after: lost }).length).toBeGreaterThan(5);
      expect(await rig.callIds()).toEqual([]);
      expect(await rig.heldMediaPorts()).toEqual([]);
    });
  });
});

const dialler = (me: Rig["caller"], uri: string): Scenario =>
  new Scenario(me)
    .invite(uri)
    .maybe(100)
    .response(183)
    .talk()
    .maybe(183)
    .response(200)
    .ack()
    .wait(1200)
    .bye();

const winner = (me: Rig["callee"]): Scenario =>
  new Scenario(me)
    .request("INVITE")
    .respond(183, "Session Progress", "sendrecv")
    .talk()
    .wait(1900)
    .respond(200, "OK", "sendrecv")
    .request("ACK")
    .established()
    .request("BYE")
    .respond(200, "OK");
