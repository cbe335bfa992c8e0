import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../../support/processes/child.ts";
import { describeAsRoot } from "../../support/root.ts";
import { describeSdp } from "./support/capture.ts";
import { expectAudio, expectSilenceAfterBye } from "./support/expectations.ts";
import { Rig } from "./support/rig.ts";
import { Scenario } from "./support/scenario.ts";

describeAsRoot("a forked INVITE", "a namespace with a packet capture", () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start({ backend: "sockets", callerFamily: 4, calleeFamily: 4 });
  });
  afterAll(() => rig?.close());

  it("connects the phone that answers, and frees the ports of the one that only rang", async () => {
    const { caller, callee, second } = rig;
    let ringing: string[] = [];
    let talking: string[] = [];
    const phones = [
      [callee, new Scenario(callee).ringUntilCancelled()],
      [second, answeringPhone(second)],
      [caller, dialler(caller, rig.uri("both"))],
    ] as const;
    const traffic = await rig.play(phones, async () => {
      const portsAre = async (condition: (ports: string[]) => boolean): Promise<string[]> => {
        let ports: string[] = [];
        await eventually(
          async () => {
            ports = await rig.boundMediaPorts();
            return condition(ports);
          },
          3000,
          () => `the ports are ${ports}`,
        );
        return ports;
      };
      ringing = await portsAre((ports) => ports.length > 4);
      talking = await portsAre((ports) => ports.length < ringing.length);
    });
    const toLoser = describeSdp(traffic.message("INVITE", { to: callee.address }).sdp);
    const toWinner = describeSdp(traffic.message("INVITE", { to: second.address }).sdp);
    const answer = describeSdp(traffic.message("200 INVITE", { to: caller.address }).sdp);
    expect(toLoser.audio).not.toBe(toWinner.audio);
    expect(ringing).toEqual(expect.arrayContaining([toLoser.audio, toWinner.audio]));
    expect(talking).toContain(toWinner.audio);
    expect(talking).toContain(answer.audio);
    expect(talking).not.toContain(toLoser.audio);

    const from = traffic.message("ACK", { to: second.address }).seconds;
    const until = traffic.message("BYE", { from: caller.address }).seconds;
    expectAudio(traffic, caller, second, { entry: answer.audio, exit: toWinner.audio, from, until });
    expectAudio(traffic, second, caller, { entry: toWinner.audio, exit: answer.audio, from, until });
    expect(traffic.audio({ to: callee.address })).toEqual([]);
    expectSilenceAfterBye(traffic, caller, second);
    expect(await rig.callIds()).toEqual([]);
    expect(await rig.boundMediaPorts()).toEqual([]);
  });
});

const dialler = (me: Rig["caller"], uri: string): Scenario =>
  new Scenario(me).invite(uri).maybe(100, 180).response(200).ack().talk().wait(1500).bye().wait(300);

const answeringPhone = (me: Rig["second"]): Scenario =>
  new Scenario(me)
    .request("INVITE")
    .respond(180, "Ringing")
    .wait(1000)
    .respond(200, "OK", "sendrecv")
    .request("ACK")
    .talk()
    .established()
    .request("BYE")
    .respond(200, "OK")
    .wait(600);
