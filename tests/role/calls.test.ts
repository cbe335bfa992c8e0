import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NgClient } from "../../src/client/index.ts";
import type { Collector } from "../../src/role/verify/collector.ts";
import type { Finding } from "../../src/role/verify/finding.ts";
import { readPcap } from "../support/pcap.ts";
import { eventually } from "../support/processes/child.ts";
import { baseRoot } from "./support/base-root.ts";
import { Call, type CallWishes, rtpSources, SEED_FLAGS } from "./support/call.ts";
import { captured } from "./support/capture.ts";
import type { Host } from "./support/host.ts";
import { ADDRESSES, EXTERNAL_ADDRESS } from "./support/network.ts";
import { Outpost, type Remote } from "./support/outpost.ts";
import { projectPackages } from "./support/project-packages.ts";
import { debianRepository, Rig } from "./support/rig.ts";
import { DEBIAN_DAEMON, roleCommand, type Variables } from "./support/role.ts";

const PACKAGES = await projectPackages();
const INTERNAL_ADDRESS = ADDRESSES["media-1"];
const RECORDINGS = "/var/spool/media";

/** As the proxy's script bridges two networks; what it says of OpenSIPS is the same list on the wire. */
const BRIDGED = { direction: ["internal", "external"] } as const;

/** A WebRTC browser's offer, as far as DTLS is concerned. */
const DTLS_OFFER = [
  "v=0",
  `o=- 1 1 IN IP4 ${ADDRESSES.devstack}`,
  "s=-",
  `c=IN IP4 ${ADDRESSES.devstack}`,
  "t=0 0",
  "m=audio 40000 UDP/TLS/RTP/SAVPF 0",
  "a=setup:actpass",
  `a=fingerprint:sha-256 ${Array(32).fill("AB").join(":")}`,
  "a=rtcp-mux",
  "",
].join("\r\n");
const PLAIN_ANSWER = [
  "v=0",
  `o=- 2 1 IN IP4 ${ADDRESSES["far-caller"]}`,
  "s=-",
  `c=IN IP4 ${ADDRESSES["far-caller"]}`,
  "t=0 0",
  "m=audio 40002 RTP/AVP 0",
  "",
].join("\r\n");

describe.each([
  { method: "package", variables: DEBIAN_DAEMON },
  {
    method: "node",
    variables: { rtpengine_install_method: "node", rtpengine_deb_dir: PACKAGES } as Variables,
  },
])("calls through a host of method $method", ({ method, variables }) => {
  /** What only one of the engines carries is tried with that one. */
  const [ofUpstream, ofOurs] = method === "package" ? [it, undefined] : [undefined, it];
  let rig: Rig;
  let host: Host;
  let [inside, outside, proxyHost] = [] as Outpost[] as [Outpost, Outpost, Outpost];
  let proxy: Remote<NgClient>;
  let homer: Remote<Collector>;

  const apply = async (more: Variables): Promise<void> => {
    const { code, stdout } = await roleCommand(rig.network, host, ["apply"], {
      ...variables,
      rtpengine_interface_external: EXTERNAL_ADDRESS,
      ...more,
    });
    expect(code, stdout).toBe(0);
  };
  const call = (wishes: Partial<CallWishes> = {}): Promise<Call> =>
    Call.place({ proxy, caller: inside, callee: outside, offer: BRIDGED, ...wishes });

  beforeAll(async () => {
    rig = await Rig.open(await debianRepository(await baseRoot(), method === "node" ? ["libbpf1"] : []));
    host = await rig.startHost();
    [inside, outside, proxyHost] = (["devstack", "far-caller", "sip-1"] as const).map(
      (place) => new Outpost(rig.network, place),
    ) as [Outpost, Outpost, Outpost];
    proxy = await proxyHost.proxy({ family: 4, address: INTERNAL_ADDRESS, port: 2223 });
    // Before the first call: upstream's daemon sends nothing for half a minute to where it was refused once.
    homer = await inside.collector(9060);
    await apply(
      method === "package"
        ? {
            rtpengine_transcode_enabled: true,
            rtpengine_recording_enabled: true,
            rtpengine_recording_dir: RECORDINGS,
            rtpengine_recording_method: "pcap",
            rtpengine_recording_format: "eth",
          }
        : {},
    );
  });
  afterAll(async () => {
    for (const outpost of [inside, outside, proxyHost]) await outpost?.close();
    await rig?.close();
  });

  it("pass from one network to the other, heard both ways, marked with the type of service", async () => {
    const datagrams = await captured(rig.network, "far-caller", async () => {
      const bridged = await call();
      expect(bridged.sdp.offer).toContain(`c=IN IP4 ${EXTERNAL_ADDRESS}\r\n`);
      expect(bridged.sdp.answer).toContain(`c=IN IP4 ${INTERNAL_ADDRESS}\r\n`);
      const { caller, callee } = await bridged.heardBothWays();
      expect(rtpSources(caller)).toEqual([expect.stringMatching(`^${INTERNAL_ADDRESS}:1\\d{4}$`)]);
      expect(rtpSources(callee)).toEqual([expect.stringMatching(`^${EXTERNAL_ADDRESS}:1\\d{4}$`)]);
      await bridged.end();
    });
    const arrived = datagrams.filter(({ from }) => from.startsWith(`${EXTERNAL_ADDRESS}:`));
    expect(arrived.length).toBeGreaterThan(40);
    expect(new Set(arrived.map(({ trafficClass }) => trafficClass))).toEqual(new Set([184]));
  });

  it("pass from outside to inside, too", async () => {
    const offer = { direction: ["external", "internal"] } as const;
    const inbound = await call({ caller: outside, callee: inside, offer });
    const { caller, callee } = await inbound.heardBothWays();
    expect(rtpSources(caller)[0]).toContain(`${EXTERNAL_ADDRESS}:`);
    expect(rtpSources(callee)[0]).toContain(`${INTERNAL_ADDRESS}:`);
    await inbound.end();
  });

  ofUpstream?.("are reported to Homer, with the capture ID, by their Call-ID", async () => {
    const reported = await call();
    await eventually(
      async () => (await homer.packets()).some(({ correlationId }) => correlationId === reported.id),
      60_000,
    );
    await reported.end();
    const packets = (await homer.packets()).filter(({ correlationId }) => correlationId === reported.id);
    for (const packet of packets) expect(packet).toMatchObject({ protocolType: 5, captureId: 2002 });
  });

  ofUpstream?.each(["G722/8000", "opus/48000"])(
    "are transcoded: PCMU to %s, and that to PCMA",
    async (codec) => {
      const [name] = codec.split("/");
      const id = `transcoded-${name}`;
      const caller = await inside.phone({
        name: "mu-law",
        toneHz: 440,
        expectedToneHz: 660,
        laws: ["mu-law"],
      });
      const callee = await outside.phone({
        name: "a-law",
        toneHz: 660,
        expectedToneHz: 440,
        laws: ["a-law"],
      });
      const first = { callId: `${id}-1`, fromTag: "caller", ...SEED_FLAGS };
      const second = { callId: `${id}-2`, fromTag: "caller", ...SEED_FLAGS };
      const to = (wanted: string) => ({ more: { codec: { mask: ["all"], transcode: [wanted] } } });
      // The daemon's other side is the daemon, in another call: the audio is in that codec in between.
      const between = await proxy.offer({ ...first, sdp: await caller.offer(), ...to(name!) });
      expect(between).toContain(` ${codec}`);
      expect(between).not.toContain("PCM");
      const offer = await proxy.offer({ ...second, sdp: between, ...BRIDGED, ...to("PCMA") });
      const answer = await proxy.answer({ ...second, toTag: "callee", sdp: await callee.answer(offer) });
      expect(answer).toContain(` ${codec}`);
      expect(answer).not.toContain("PCM");
      await caller.accept(await proxy.answer({ ...first, toTag: "callee", sdp: answer }));
      await eventually(
        async () => (await caller.read()).toneHeardMs > 500 && (await callee.read()).toneHeardMs > 500,
        30_000,
      );
      expect([...(await caller.read()).payloadTypes.keys()]).toEqual([0]);
      expect([...(await callee.read()).payloadTypes.keys()]).toEqual([8]);
      await Promise.all([caller.close(), callee.close()]);
      for (const keys of [first, second]) await proxy.delete({ ...keys, deleteDelaySeconds: 0 });
    },
  );

  ofUpstream?.("are transcoded by a daemon that says so, or the role refuses", async () => {
    const verify = async (more: Variables): Promise<Finding | undefined> => {
      const { stdout } = await roleCommand(rig.network, host, ["verify", "--json"], {
        ...variables,
        ...more,
      });
      const [{ findings }] = JSON.parse(stdout) as [{ findings: Finding[] }];
      return findings.find(({ check }) => check === "codecs");
    };
    const wanted = { rtpengine_transcode_enabled: true };
    expect(await verify(wanted)).toMatchObject({
      outcome: "ok",
      evidence: expect.stringMatching(/^\/usr\/bin\/rtpengine: PCMA, PCMU, .*G722, .*opus/),
    });
    expect(await verify({})).toBeUndefined();
    // As one that was built without codecs answers (source.test.ts has a real one).
    await host.run(
      `cd /usr/bin && mv rtpengine rtpengine.whole && printf '#!/bin/sh\ntest "$1" = --codecs || exec $0.whole "$@"\n' >rtpengine && chmod +x rtpengine`,
    );
    expect(await verify(wanted)).toMatchObject({
      outcome: "fail",
      evidence: "/usr/bin/rtpengine --codecs names none: it was built without transcoding",
    });
    const { code, stdout } = await roleCommand(rig.network, host, ["apply"], { ...variables, ...wanted });
    expect(code).toBe(1);
    expect(stdout).toContain("names no codec, so this daemon cannot transcode");
    expect(stdout).toContain("the host is as it was");
    await host.run("cd /usr/bin && mv rtpengine.whole rtpengine");
  });

  ofUpstream?.("are recorded as captures, where the proxy says so", async () => {
    const folder = join(host.rootPath, RECORDINGS, "pcaps");
    const silent = await call();
    const recorded = await call({ offer: { ...BRIDGED, more: { "record-call": "on" } } });
    await recorded.heardBothWays();
    for (const one of [silent, recorded]) await one.end();
    await eventually(() => readdirSync(folder).some((name) => name.endsWith(".pcap")), 30_000);
    const files = readdirSync(folder);
    expect(files).toEqual([expect.stringContaining(recorded.id)]);
    const datagrams = readPcap(readFileSync(join(folder, files[0]!)));
    expect(datagrams.length).toBeGreaterThan(80);
  });

  ofUpstream?.each([
    { isPassive: false, setup: "active" },
    { isPassive: true, setup: "passive" },
  ])("take the $setup role in DTLS with rtpengine_dtls_passive $isPassive", async ({ isPassive, setup }) => {
    if (isPassive) await apply({ rtpengine_dtls_passive: true });
    const keys = { callId: `dtls-${setup}`, fromTag: "browser", ...SEED_FLAGS };
    const offer = { ...keys, sdp: DTLS_OFFER, ...BRIDGED, transportProtocol: "RTP/AVP" };
    expect(await proxy.offer(offer)).toContain(" RTP/AVP ");
    const answer = await proxy.answer({ ...keys, toTag: "phone", sdp: PLAIN_ANSWER });
    await proxy.delete({ ...keys, deleteDelaySeconds: 0 });
    expect(answer).toContain(" UDP/TLS/RTP/SAVPF ");
    expect(/^a=setup:(\w+)/m.exec(answer)?.[1]).toBe(setup);
  });

  ofUpstream?.("are reported to another Homer, by TCP, with another ID", async () => {
    const other = await inside.collector(9061, "tcp");
    await apply({
      rtpengine_homer_port: 9061,
      rtpengine_homer_protocol: "tcp",
      rtpengine_homer_id: 77,
    });
    const reported = await call();
    await eventually(async () => (await other.packets()).length > 0, 60_000);
    await reported.end();
    expect((await other.packets())[0]).toMatchObject({ captureId: 77, correlationId: reported.id });
    await other.close();
  });

  it.each([
    { external: `${EXTERNAL_ADDRESS}!198.51.100.7`, shown: "198.51.100.7", bound: EXTERNAL_ADDRESS },
    { external: "198.51.100.9", shown: "198.51.100.9", bound: INTERNAL_ADDRESS },
  ])("show $shown with rtpengine_interface_external $external, and are heard", async (wishes) => {
    const { external, shown, bound } = wishes;
    await apply({ rtpengine_interface_external: external, rtpengine_tos: 96 });
    const callee = bound === EXTERNAL_ADDRESS ? outside : proxyHost;
    // What a NAT in front of the host does to the address.
    const advertised = await call({
      callee,
      toCallee: (sdp) => sdp.replaceAll(` ${shown}\r\n`, ` ${bound}\r\n`),
    });
    expect(advertised.sdp.offer).toContain(`c=IN IP4 ${shown}\r\n`);
    expect(rtpSources((await advertised.heardBothWays()).callee)[0]).toContain(`${bound}:`);
    await advertised.end();
  });

  it("are marked with another type of service, when that is wanted", async () => {
    const datagrams = await captured(rig.network, "sip-1", async () => {
      const inner = await call({ callee: proxyHost, offer: {} });
      await inner.heardBothWays();
      await inner.end();
    });
    // Media, and not the answers of NG.
    const media = datagrams.filter(({ from }) => from.startsWith(`${INTERNAL_ADDRESS}:1`));
    expect(media.length).toBeGreaterThan(40);
    expect(new Set(media.map(({ trafficClass }) => trafficClass))).toEqual(new Set([96]));
  });

  it("are refused above rtpengine_max_sessions, and end by the time-out that concerns them; on the CPU that is named", async () => {
    await apply({
      rtpengine_cpu_affinity: "1",
      rtpengine_homer_enabled: false,
      rtpengine_max_sessions: 3,
      rtpengine_timeout: 3,
      rtpengine_silent_timeout: 9,
      rtpengine_final_timeout: 15,
    });
    const reports = (await homer.packets()).length;
    const seconds = (): number => (performance.now() - started) / 1000;
    const started = performance.now();
    const [talking, silent, held] = [await call(), await call(), await call()];
    await expect(call()).rejects.toThrow(/session limit/i);
    await Promise.all([silent.caller.fallSilent(), silent.callee.fallSilent()]);
    await hold(held);
    const endOf = async (one: Call): Promise<number> => {
      await eventually(async () => !(await one.isKnown()), 60_000);
      return seconds();
    };
    const [talkingEnd, silentEnd, heldEnd] = await Promise.all([talking, silent, held].map(endOf));
    // Upstream's daemon counts whole seconds.
    expect(silentEnd).toBeGreaterThan(3 - 1);
    expect(heldEnd).toBeGreaterThan(9 - 1);
    expect(talkingEnd).toBeGreaterThan(15 - 1);
    expect(silentEnd).toBeLessThan(heldEnd!);
    expect(heldEnd).toBeLessThan(talkingEnd!);
    for (const one of [talking, silent, held]) await one.end({ isToldToDaemon: false });
    // Homer is off.
    expect((await homer.packets()).length).toBe(reports);
    const process = await host.run("systemctl show -p MainPID --value rtpengine");
    expect(await host.run(`grep Cpus_allowed_list /proc/${process}/status`)).toMatch(/\t1$/);
  });

  /** Both sides say that nothing is to be sent. */
  async function hold({ id, caller, callee }: Call): Promise<void> {
    await Promise.all([caller.fallSilent(), callee.fallSilent()]);
    const inactive = (text: string): string => text.replace("a=sendrecv", "a=inactive");
    const keys = { callId: id, fromTag: "caller", toTag: "callee", ...SEED_FLAGS };
    const offer = await proxy.offer({ ...keys, sdp: inactive(await caller.offer()) });
    expect(offer).toContain("a=inactive");
    await proxy.answer({ ...keys, sdp: inactive(await callee.offer()) });
  }

  ofOurs?.("cannot be recorded or transcoded yet: a sentence says so", async () => {
    for (const name of ["recording", "transcode"]) {
      const more = { ...variables, [`rtpengine_${name}_enabled`]: true };
      const { code, stdout } = await roleCommand(rig.network, host, ["plan"], more);
      expect(code).toBe(1);
      expect(stdout).toContain(`leave rtpengine_${name}_enabled off, or use method package`);
    }
  });
});
