import { describe, expect, it } from "vitest";
import { diagnose, examine } from "../../../src/role/doctor/doctor.ts";
import { askFromProxy, type ProxyAnswer } from "../../../src/role/doctor/judge-proxy.ts";
import { parseSymptoms, type Symptoms } from "../../../src/role/doctor/symptoms.ts";
import { HostError } from "../../../src/role/host/host.ts";
import { FakeHost } from "../../support/fake-host.ts";

const CONFIGURATION = [
  "[rtpengine]",
  "interface=internal/192.168.64.20;external/203.0.113.20",
  "listen-ng=192.168.64.20:2223",
  "listen-cli=127.0.0.1:9900",
  "port-min=10000",
  "port-max=20000",
  "table=-1",
  "silent-timeout=3600",
].join("\n");

/** A host in good health. */
const HEALTHY: Symptoms = {
  ...parseSymptoms(""),
  active: "active",
  enabled: "enabled",
  unit: "NRestarts=0\nActiveEnterTimestamp=Thu 2026-11-26 09:00:00 UTC\nUser=rtpengine\nLimitNOFILE=150000",
  packages: "ii rtpengine-daemon 10.5.3.5-1+deb12u1",
  sockets: [
    'UNCONN 0 0 192.168.64.20:2223 0.0.0.0:* users:(("rtpengine",pid=7,fd=5))',
    'LISTEN 0 10 127.0.0.1:9900 0.0.0.0:* users:(("rtpengine",pid=7,fd=6))',
  ].join("\n"),
  addresses: "lo 127.0.0.1/8\neth0 192.168.64.20/24\neth1 203.0.113.20/24",
  egress: "192.0.2.1 via 203.0.113.1 dev eth1 src 203.0.113.20 uid 0",
  configTest: "/etc/rtpengine/rtpengine.conf: 0 errors, 0 warnings, 0 notices: the daemon can start",
  kernel: "6.1.0-56-amd64",
  buffers: "16777216\n16777216",
  ephemeral: "32768\t60999\n10000-20000",
  udp: "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 1 0 0 1 0",
  processors: "2",
  clock: "yes",
  disk: "/ 27%",
};

const find = (changes: Partial<Symptoms>, title: string, configuration = CONFIGURATION) => {
  const found = diagnose({ ...HEALTHY, ...changes }, configuration).find((entry) => entry.title === title);
  expect(found).toBeDefined();
  return found!;
};
const withTable = CONFIGURATION.replace("table=-1", "table=0");
const LOADED = {
  modules: "xt_RTPENGINE 61440 2 - Live",
  moduleFiles: "/lib/modules/6.1.0-56-amd64/updates/dkms/xt_RTPENGINE.ko",
  moduleOwner: "rtpengine",
  moduleTables: "0\ncontrol\nlist",
  legacyRules: "-A INPUT -p udp -j rtpengine\n-A rtpengine -p udp -j RTPENGINE --id 0",
};

describe("doctor", () => {
  it("asks our engine whether the kernel forwards, and passes its reason on", () => {
    const ours = { packages: "ii rtpengine-ts 0.1.0\nii rtpengine-ts-tools 0.1.0" };
    const of = (fastpath: string) => find({ ...ours, fastpath }, "kernel path", withTable);
    const active = "Forwarding in the kernel: active\n Interface #2: tcx\n Flows in the kernel: 4\n";
    expect(of(active)).toMatchObject({
      outcome: "ok",
      evidence: expect.stringContaining("eBPF: active; Interface #2"),
    });
    expect(
      of("Forwarding in the kernel: not active: forwarding in the kernel is switched off\n").outcome,
    ).toBe("ok");
    expect(
      of("Forwarding in the kernel: not active: forwarding in the kernel needs CAP_BPF\n"),
    ).toMatchObject({
      outcome: "warn",
      evidence: expect.stringContaining("needs CAP_BPF; media go through user space"),
      fix: expect.stringContaining("fastpath status"),
    });
    expect(of(active.replace("tcx", "not watched: bpf_tc_attach: EBUSY"))).toMatchObject({
      outcome: "warn",
      evidence: expect.stringContaining("EBUSY"),
    });
    expect(of("").outcome).toBe("skip");
  });

  it("finds nothing wrong with a host that is well", () => {
    const outcomes = diagnose(HEALTHY, CONFIGURATION);
    expect(outcomes.filter(({ outcome }) => outcome === "warn" || outcome === "fail")).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(15);
    expect(find(LOADED, "kernel path", withTable).outcome).toBe("ok");
    expect(find(LOADED, "forwarding rules", withTable).outcome).toBe("ok");
  });

  it.each<[Partial<Symptoms>, string, "warn" | "fail", string]>([
    [{ packages: "" }, "engine", "fail", "no engine is installed"],
    [{ packages: `${HEALTHY.packages}\nii rtpengine-ts 0.1.0-1` }, "engine", "warn", "more than one"],
    [{ active: "failed" }, "service", "fail", "it is failed"],
    [{ enabled: "disabled" }, "service", "warn", "does not start at boot"],
    [{ unit: HEALTHY.unit.replace("NRestarts=0", "NRestarts=3") }, "service", "warn", "restarted 3 times"],
    [{ errors: "ERR: it broke" }, "log", "warn", "it broke"],
    [
      { configTest: "/x: 2 errors, 1 warning, 0 notices: the daemon would not start" },
      "configuration",
      "fail",
      "2 errors",
    ],
    [{ configTest: "/x: 0 errors, 1 warning, 0 notices: …" }, "configuration", "warn", "1 warning"],
    [{ sockets: "" }, "control ports", "fail", "nothing listens on UDP 2223"],
    [
      { sockets: HEALTHY.sockets.replace("192.168.64.20:2223", "10.0.0.1:2223") },
      "control ports",
      "warn",
      "the configuration was changed since the start",
    ],
    [
      { sockets: HEALTHY.sockets.replace('"rtpengine",pid=7,fd=5', '"dnsmasq",pid=9,fd=4') },
      "control ports",
      "fail",
      "belongs to another program",
    ],
    [{ addresses: "eth0 192.168.64.20/24" }, "media addresses", "fail", "external/203.0.113.20"],
    [
      { sockets: `${HEALTHY.sockets}\nUNCONN 0 0 0.0.0.0:15060 0.0.0.0:* users:(("asterisk",pid=3,fd=9))` },
      "media ports",
      "warn",
      "asterisk",
    ],
    [{ ephemeral: "10240\t65535\n" }, "ephemeral ports", "warn", "at random"],
    [{ ufw: "Status: active\n22/tcp ALLOW Anywhere" }, "firewall", "fail", "ufw is active"],
    [{ firewalld: "running\npublic\n  ports: 22/tcp" }, "firewall", "fail", "firewalld runs"],
    [
      {
        rules: "table inet filter {\n chain input {\n type filter hook input priority 0; policy drop;\n } }",
      },
      "firewall",
      "fail",
      "no rule lets UDP 10000-20000 in",
    ],
    [{ buffers: "212992\n212992" }, "socket buffers", "warn", "bursts are lost"],
    [{ udp: HEALTHY.udp.replace("1 0 0 1 0", "1 0 0 1 77") }, "lost datagrams", "warn", "77 datagrams"],
    [{ conntrack: "250000\n262144" }, "connection tracking", "warn", "95 %"],
    [{ queues: "eth0 1" }, "network queues", "warn", "one queue for 2 CPUs"],
    [{ disk: "/ 27%\n/var/log 95%" }, "disk", "warn", "/var/log 95%"],
    [{ clock: "no" }, "clock", "warn", "not synchronized"],
  ])("sees %o", (changes, title, outcome, evidence) => {
    const found = find(changes, title);
    expect(found).toMatchObject({ outcome, evidence: expect.stringContaining(evidence) });
    expect(found.fix).toBeTruthy();
  });

  it.each<[string, Partial<Symptoms>, string, string]>([
    ["headers are missing", {}, "kernel path", "its headers are missing"],
    ["the source is missing", { headers: "yes" }, "kernel path", "source is not installed"],
    [
      "it is built for another kernel",
      { headers: "yes", dkms: "rtpengine/10.5, 6.0, x86_64: installed" },
      "kernel path",
      "not built for kernel",
    ],
    ["it is not loaded", { moduleFiles: LOADED.moduleFiles }, "kernel path", "but not loaded"],
    [
      "Secure Boot refuses it",
      { moduleFiles: LOADED.moduleFiles, secureBoot: "1" },
      "kernel path",
      "Secure Boot (kernel lockdown) is on",
    ],
    [
      "the kernel is locked down",
      { moduleFiles: LOADED.moduleFiles, lockdown: "none [integrity] confidentiality" },
      "kernel path",
      "Secure Boot (kernel lockdown) is on",
    ],
    [
      "modprobe was refused",
      {
        moduleFiles: LOADED.moduleFiles,
        refusal: "modprobe: ERROR: could not insert 'xt_RTPENGINE': Key was rejected by service",
      },
      "kernel path",
      "the kernel refuses it: could not insert 'xt_RTPENGINE': Key was rejected by service; media stay in user space",
    ],
    [
      "the kernel's log has the reason",
      {
        moduleFiles: LOADED.moduleFiles,
        kernelLog: "xt_RTPENGINE: disagrees about version of symbol module_layout",
      },
      "kernel path",
      "built for another kernel",
    ],
    [
      "its rules hook in before anybody knows whom packets are for",
      {
        ...LOADED,
        legacyRules: "",
        rules:
          "table ip raw {\n\tchain pre {\n\t\ttype filter hook prerouting priority raw; policy accept;\n\t\tip protocol udp jump rtpengine\n\t}\n\tchain rtpengine {\n\t\trtpengine id 0\n\t}\n}",
      },
      "forwarding rules",
      "hooks into prerouting, not into input",
    ],
    [
      "it is root's",
      { ...LOADED, moduleOwner: "root" },
      "module's owner",
      "belongs to root, the service is rtpengine",
    ],
    ["it has no such table", { ...LOADED, moduleTables: "control\nlist" }, "forwarding rules", "no table 0"],
    [
      "no rule leads to it",
      { ...LOADED, legacyRules: "" },
      "forwarding rules",
      "no rule leads packets to it",
    ],
    [
      "INPUT does not jump to its chain",
      { ...LOADED, legacyRules: "-A rtpengine -p udp -j RTPENGINE --id 0" },
      "forwarding rules",
      "INPUT does not jump",
    ],
  ])("says of the kernel module when %s", (_claim, changes, title, evidence) => {
    const found = find(changes, title, withTable);
    expect(["warn", "fail"]).toContain(found.outcome);
    expect(found.evidence).toContain(evidence);
    expect(found.fix).toBeTruthy();
  });

  it("asks for what brings the module's source: the vendor's package, Debian's, or the role's own build", () => {
    const fix = (changes: Partial<Symptoms>): string | undefined =>
      find({ headers: "yes", ...changes }, "kernel path", withTable).fix;
    expect(fix({})).toBe("apt-get install rtpengine-kernel-dkms");
    expect(fix({ packages: "ii ngcp-rtpengine-daemon 12.5" })).toBe(
      "apt-get install ngcp-rtpengine-kernel-dkms",
    );
    expect(fix({ packages: "", source: "/opt/rtpengine/0123" })).toBe("rtpengine-role apply");
  });

  it("takes rules in nftables' own words for what they are, where they hook in rightly", () => {
    const rules = [
      "table ip filter {",
      "\tchain rtpengine {\n\t\trtpengine id 0\n\t}",
      "\tchain INPUT {\n\t\ttype filter hook input priority filter; policy accept;\n\t\tip protocol udp jump rtpengine\n\t}",
      "}",
    ].join("\n");
    expect(find({ ...LOADED, legacyRules: "", rules }, "forwarding rules", withTable).outcome).toBe("ok");
  });

  it("sees that packets of a public address leave by another card, unless a rule says otherwise", () => {
    const egress = "192.0.2.1 via 192.168.64.1 dev eth0 src 192.168.64.20 uid 0";
    const astray = find({ egress }, "way out");
    expect(astray).toMatchObject({
      outcome: "warn",
      evidence: expect.stringContaining(
        "external advertises 203.0.113.20 on eth1, but packets to the Internet leave through eth0",
      ),
      fix: expect.stringContaining("ip rule add from 203.0.113.20"),
    });
    const policy = "0:\tfrom all lookup local\n100:\tfrom 203.0.113.20 lookup 100";
    expect(find({ egress, policy }, "way out").outcome).toBe("ok");
    expect(find({}, "way out").outcome).toBe("ok");
    expect(find({ egress: "" }, "way out").outcome).toBe("skip");
  });

  it("does not forget a log level that was turned up to look for something", () => {
    expect(find({}, "log level", `${CONFIGURATION}\nlog-level=7`)).toMatchObject({
      outcome: "warn",
      fix: expect.stringContaining("set loglevel 6"),
    });
    expect(find({}, "log level").outcome).toBe("ok");
  });

  it("warns of timeouts that cut calls on hold, and of addresses that nobody outside can reach", () => {
    expect(find({}, "timeouts", CONFIGURATION.replace("=3600", "=30")).evidence).toContain(
      "calls on hold are cut",
    );
    const inside = CONFIGURATION.replace(";external/203.0.113.20", "");
    expect(find({}, "advertised address", inside)).toMatchObject({
      outcome: "warn",
      evidence: expect.stringContaining("leave from 203.0.113.20"),
    });
    const advertised = CONFIGURATION.replace("external/203.0.113.20", "external/192.168.64.20!203.0.113.20");
    expect(find({}, "advertised address", advertised).outcome).toBe("ok");
  });

  it("advises to reserve the media ports beside those that others have reserved", () => {
    expect(find({ ephemeral: "10240\t65535\n5060" }, "ephemeral ports").fix).toBe(
      "sysctl -w net.ipv4.ip_local_reserved_ports=5060,10000-20000",
    );
  });
});

describe("the NG port", () => {
  const see = (reason: string | undefined) =>
    diagnose(HEALTHY, CONFIGURATION, { ng: { place: "192.168.64.20:2223", reason } }).find(
      ({ title }) => title === "NG answers",
    );

  it("is asked: a daemon that is stuck has a socket, too", async () => {
    expect(see(undefined)).toMatchObject({ outcome: "ok", evidence: "192.168.64.20:2223: pong" });
    expect(see("no answer within 5 s")).toMatchObject({ outcome: "fail", fix: expect.any(String) });
    const host = new FakeHost((command) => {
      if (command.startsWith("cat ")) return CONFIGURATION;
      if (command.includes("@@symptom")) return "@@symptom active\nactive\n";
      const cookie = /(\S+) d7:command4:pinge$/.exec(command)?.[1];
      return cookie === undefined ? undefined : `${cookie} d6:result4:ponge`;
    });
    const found = await examine(host, "/etc/rtpengine/rtpengine.conf");
    expect(found.find(({ title }) => title === "NG answers")).toMatchObject({ outcome: "ok" });
  });
});

describe("the proxy's view", () => {
  const [destination, place, source] = ["voip@sip-1", "192.168.64.20:2223", "192.168.64.10"];
  const silence = { destination, place, source, reason: "no answer within 5 s" };
  const see = (answer: ProxyAnswer, changes: Partial<Symptoms> = {}) =>
    diagnose({ ...HEALTHY, ...changes }, CONFIGURATION, { proxies: [answer] }).find(
      ({ title }) => title === "proxy voip@sip-1",
    )!;

  it("is well when the proxy's host gets a pong", () => {
    expect(see({ destination, place, source })).toEqual({
      title: "proxy voip@sip-1",
      outcome: "ok",
      evidence: "voip@sip-1 (192.168.64.10) asks 192.168.64.20:2223: pong",
    });
  });

  it.each<[string, Partial<Symptoms>, string]>([
    [
      "ufw",
      { ufw: "Status: active\n10000:20000/udp ALLOW" },
      "ufw allow proto udp from 192.168.64.10 to any port 2223",
    ],
    [
      "firewalld",
      { firewalld: "running\npublic" },
      "source address=192.168.64.10 port port=2223 protocol=udp accept",
    ],
    [
      "nftables",
      {
        rules: "table inet filter {\n chain input {\n type filter hook input priority 0; policy drop;\n } }",
      },
      "rtpengine_firewall_ng_sources=[192.168.64.10]",
    ],
    ["no firewall", {}, "ip route get 192.168.64.10"],
  ])("that nothing comes back comes with what lets it in: %s", (_filter, changes, fix) => {
    expect(see(silence, changes)).toMatchObject({
      outcome: "fail",
      evidence: "voip@sip-1 (192.168.64.10) asks 192.168.64.20:2223: no answer within 5 s",
      fix: expect.stringContaining(fix),
    });
  });

  it("is impossible where NG is served on loopback, and unknown where the proxy's host is not reached", () => {
    expect(
      see({ ...silence, place: "", reason: "127.0.0.1:2223 is reached from this host alone" }),
    ).toMatchObject({
      outcome: "fail",
      fix: expect.stringContaining("rtpengine_listen_ng"),
    });
    expect(see({ ...silence, source: "" }).evidence).toContain("it has no route there");
    expect(see({ ...silence, reason: "voip@sip-1: Permission denied", isUnknown: true })).toMatchObject({
      outcome: "warn",
      evidence: "cannot be asked: voip@sip-1: Permission denied",
    });
  });

  it("is asked for over a connection of its own, which is closed", async () => {
    const media = new FakeHost((command) =>
      command === "hostname -I" ? "192.168.64.20 203.0.113.20\n" : undefined,
    );
    let closed = 0;
    class ProxyHost extends FakeHost {
      override close = (): Promise<void> => {
        closed++;
        return Promise.resolve();
      };
    }
    const proxy = new ProxyHost((command) => {
      if (command.startsWith("ip route get")) return "192.168.64.20 dev eth0 src 192.168.64.10 uid 0\n";
      const cookie = /(\S+) d7:command4:pinge$/.exec(command)?.[1];
      return `${cookie} d6:result4:ponge`;
    });
    const connect = () => Promise.resolve(proxy);
    expect(await askFromProxy(media, "0.0.0.0:2223", { destination, connect })).toEqual({
      destination,
      place,
      source,
    });
    expect(closed).toBe(1);
    const refused = { destination, connect: () => Promise.reject(new HostError("no way in")) };
    expect(await askFromProxy(media, "192.168.64.20:2223", refused)).toMatchObject({
      isUnknown: true,
      place,
    });
    expect(await askFromProxy(media, "127.0.0.1:2223", { destination, connect })).toMatchObject({
      place: "",
    });
  });
});
