import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askDaemon } from "../../../src/client/index.ts";
import { rtp } from "../../support/packets.ts";
import { Child } from "../../support/processes/child.ts";
import { audioSdp, Ng, type NgJson } from "../../support/processes/ng.ts";
import { IS_ROOT } from "../relay/support/backends.ts";
import { until } from "../relay/support/call.ts";
import { Phone } from "../relay/support/phone.ts";
import { PhoneNetwork } from "./support.ts";

const PROGRAM = fileURLToPath(new URL("../../../bin/rtpengine", import.meta.url));
const OURS = "192.0.2.1";
const THEIRS = "192.0.2.2";
const CLI = { host: "127.0.0.1", port: 9900 };
const ARGS = [
  "--config-file=none",
  `--interface=${OURS}`,
  "--listen-ng=127.0.0.1:2223",
  `--listen-cli=${CLI.host}:${CLI.port}`,
  "--port-min=30000",
  "--port-max=30099",
  "--num-threads=1",
];
const CAPABILITIES = "-all,+bpf,+net_admin,+net_raw";

const portOf = ({ sdp }: NgJson): number => Number(/m=audio (\d+)/.exec(sdp as string)?.[1]);
const json = async (command: string): Promise<NgJson> =>
  JSON.parse(await askDaemon(CLI, `json ${command}`, 5000)) as NgJson;

/** A daemon that has three capabilities and no others, as a container gives them. */
async function start(...more: readonly string[]): Promise<Child> {
  const limits = ["--bounding-set", CAPABILITIES, "--inh-caps", CAPABILITIES, "--ambient-caps", CAPABILITIES];
  const child = new Child("setpriv", [...limits, PROGRAM, ...ARGS, ...more]);
  await child.says(/Startup complete/, 30_000);
  return child;
}

describe.skipIf(!IS_ROOT)(
  IS_ROOT ? "a daemon with CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW" : "skipped: needs root",
  () => {
    let network: PhoneNetwork;
    let phones: [Phone, Phone];
    let ng: Ng;

    beforeAll(async () => {
      network = new PhoneNetwork(1, [{ ours: `${OURS}/24`, theirs: `${THEIRS}/24` }]);
      phones = network.within(() => [new Phone(4, THEIRS), new Phone(4, THEIRS)]);
      ng = await Ng.open("127.0.0.1", 2223);
    });
    afterAll(() => {
      ng.close();
      for (const phone of phones) phone.close();
      network.close();
    });

    /** @returns the ports that the first and the second phone send to */
    async function call(callId: string): Promise<[number, number]> {
      const keys = { "call-id": callId, "from-tag": "a", ICE: "remove" };
      const offer = await ng.ask("offer", { ...keys, sdp: audioSdp(THEIRS, phones[0].endpoint.port) });
      const answer = await ng.ask("answer", {
        ...keys,
        "to-tag": "b",
        sdp: audioSdp(THEIRS, phones[1].endpoint.port),
      });
      return [portOf(answer), portOf(offer)];
    }

    async function talk(
      ports: readonly [number, number],
      from: number,
      count: number,
    ): Promise<[number, number]> {
      for (let index = from; index < from + count; index++) {
        phones[0].send({ family: 4, address: OURS, port: ports[0] }, rtp(index, { ssrc: 1 }));
        phones[1].send({ family: 4, address: OURS, port: ports[1] }, rtp(index, { ssrc: 2 }));
      }
      const [a, b] = [await phones[0].receive(count), await phones[1].receive(count)];
      return [a.length, b.length];
    }

    it("has calls in the kernel, says so everywhere, and nothing forwards once it is killed", async () => {
      const daemon = await start();
      expect(await json("fastpath status")).toMatchObject({ active: true, reason: "" });
      const ports = await call("kernel-call");
      expect(await talk(ports, 0, 1)).toEqual([1, 1]);
      await expect.poll(async () => (await json("fastpath status")).flows, { timeout: 3000 }).toBe(2);
      expect(await talk(ports, 1, 200)).toEqual([200, 200]);

      const flows = (await json("fastpath list")) as unknown as NgJson[];
      expect(flows).toHaveLength(2);
      expect(flows.find(({ local }) => local === `${OURS}:${ports[0]}`)).toMatchObject({
        callid: "kernel-call",
        source: `${THEIRS}:${phones[0].endpoint.port}`,
        to: `${THEIRS}:${phones[1].endpoint.port}`,
        packets: 201,
        bytes: 201 * 172,
        sources: [{ ssrc: 1, packets: 201, lost: 0, duplicates: 0 }],
      });
      const tree = await askDaemon(CLI, "list sessions kernel-call", 5000);
      expect(tree).toMatch(/carried by: kernel\n/);
      expect(await askDaemon(CLI, "list totals", 5000)).toMatch(/Total relayed packets \(kernel\) *:400\n/);
      const query = await ng.ask("query", { "call-id": "kernel-call" });
      expect(query.totals.RTP).toMatchObject({ packets: 402 });

      daemon.signal("SIGKILL");
      await daemon.ended;
      phones[0].send({ family: 4, address: OURS, port: ports[0] }, rtp(300, { ssrc: 1 }));
      expect(await phones[1].receive(1, 300)).toEqual([]);
    });

    it("takes a call out of the kernel for a re-INVITE and puts it back, without a packet lost", async () => {
      const daemon = await start();
      const ports = await call("hold");
      await talk(ports, 0, 1);
      let sent = 1;
      let heard = 0;
      for (let turn = 0; turn < 5; turn++) {
        await until(() => false, 60);
        const [, atB] = await talk(ports, sent, 40);
        expect(await call("hold")).toEqual(ports);
        heard += atB;
        sent += 40;
      }
      expect(heard).toBe(200);
      const { totals } = await ng.ask("query", { "call-id": "hold" });
      expect(totals.RTP.packets).toBe(402);
      const status = await json("fastpath status");
      expect(status.flows + Object.keys(status.refusals).length).toBeGreaterThan(0);
      const [, carried] = /Total relayed packets \(kernel\) *:(\d+)/.exec(
        await askDaemon(CLI, "list totals", 5000),
      )!;
      expect(Number(carried)).toBeGreaterThan(50);
      expect(await daemon.stop()).toBe(0);
    });

    it("keeps out of the kernel when it is told so, in either way of saying it", async () => {
      for (const option of ["--fastpath=off", "--table=-1"]) {
        const daemon = await start(option);
        expect(await json("fastpath status")).toMatchObject({
          active: false,
          reason: "forwarding in the kernel is switched off",
        });
        expect(await daemon.stop()).toBe(0);
      }
    });
  },
);
