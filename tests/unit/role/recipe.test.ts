import { describe, expect, it } from "vitest";
import { isTrue, render } from "../../../src/role/expression.ts";
import { RECIPE } from "../../../src/role/recipe/recipe.ts";
import { concerns, resolve, withDerived } from "../../../src/role/resolve.ts";
import type { Resource } from "../../../src/role/resource.ts";
import { valuesOfSystem } from "../../../src/role/systems.ts";
import { readTemplates } from "../../../src/role/templates.ts";
import { readVariables } from "../../../src/role/variables/read.ts";
import { parseIni } from "../../../src/wire/ini.ts";
import { DEBIAN } from "../../support/role-facts.ts";

const PROBES = {
  __rtpengine_key: { rc: 0, stdout: "pub:-:\nfpr:::::::::0123456789ABCDEF0123456789ABCDEF01234567:" },
  __rtpengine_key_origin: { rc: 1, stdout: "" },
  __rtpengine_account_group: { rc: 2, stdout: "" },
  __rtpengine_limits: { rc: 0, stdout: "net.core.rmem_max = 212992" },
  __rtpengine_rmem: { rc: 0, stdout: "212992" },
  __rtpengine_wmem: { rc: 0, stdout: "212992" },
  __rtpengine_others_ports: { rc: 0, stdout: "" },
  __rtpengine_reads_keys: { rc: 1, stdout: "" },
  __rtpengine_writes_log: { rc: 1, stdout: "" },
  __rtpengine_mask: { rc: 1, stdout: "" },
  __rtpengine_engine_mask: { rc: 1, stdout: "" },
  __rtpengine_is_new: { rc: 0, stdout: "" },
  __rtpengine_recording: { rc: 0, stdout: "" },
  __rtpengine_account: { rc: 1, stdout: "" },
  __rtpengine_config_dir_owners: { rc: 0, stdout: "" },
  __rtpengine_recording_dir_owners: { rc: 0, stdout: "" },
  __rtpengine_ctl_place: { rc: 2, stdout: "" },
  __rtpengine_daemon_place: { rc: 2, stdout: "" },
  __rtpengine_kernel: { rc: 0, stdout: "" },
  __rtpengine_codecs: { rc: 0, stdout: "PCMA PCMU opus" },
  __rtpengine_old_rules: { rc: 1, stdout: "" },
  __rtpengine_headers: { rc: 0, stdout: "" },
  __rtpengine_extension: { rc: 0, stdout: "" },
  __rtpengine_found: { rc: 0, stdout: "xt_RTPENGINE" },
  __rtpengine_uid: { rc: 0, stdout: "105" },
  __rtpengine_gid: { rc: 0, stdout: "112" },
  __rtpengine_ref: { rc: 0, stdout: "0123456789abcdef0123456789abcdef01234567" },
  __rtpengine_dkms: { rc: 1, stdout: "" },
  __rtpengine_unbuilt: { rc: 0, stdout: "" },
  __rtpengine_loadable: { rc: 0, stdout: "" },
  __rtpengine_unread: { rc: 1, stdout: "" },
  __rtpengine_old_start: { rc: 1, stdout: "" },
  __rtpengine_behind: { rc: 1, stdout: "" },
  __rtpengine_recording_behind: { rc: 1, stdout: "" },
  __rtpengine_log_behind: { rc: 1, stdout: "" },
  __rtpengine_owner: { rc: 0, stdout: "105" },
};

function contextOf(given: Record<string, unknown>, facts = DEBIAN, probes: object = {}) {
  const { values, problems } = readVariables(given, facts);
  expect(problems).toEqual([]);
  return withDerived({ ...values, ...PROBES, ...probes }, RECIPE.derived);
}

/** What is wanted on a host with these variables, checks apart. */
function wanted(given: Record<string, unknown>, probes: object = {}): Resource[] {
  const context = contextOf(given, DEBIAN, probes);
  return RECIPE.sections
    .filter(({ when }) => concerns(when, context))
    .flatMap(({ resources }) => resources)
    .filter(({ kind, when }) => kind !== "check" && concerns(when, context))
    .map((declaration) => resolve(declaration, context));
}

/** What the checks have to say: errors, then warnings. */
function complaints(given: Record<string, unknown>, facts = DEBIAN): string[] {
  const context = contextOf(given, facts);
  const [checks] = RECIPE.sections;
  return checks!.resources
    .filter((entry) => entry.kind === "check")
    .filter(({ when, that }) => concerns(when, context) && !isTrue(that, context))
    .map((entry) => resolve(entry, context).message);
}

function configuration(given: Record<string, unknown>): Record<string, string> {
  const text = render(readTemplates().get("rtpengine.conf.j2")!, contextOf(given));
  const { sections, problems } = parseIni(text);
  expect(problems).toEqual([]);
  return Object.fromEntries(sections[0]!.entries.map(({ key, value }) => [key, value]));
}

/** What the checks of one section have to say of what probes have found there. */
function complaintsOf(section: string, given: Record<string, unknown>, probes: object): string[] {
  const context = contextOf(given, DEBIAN, { ansible_check_mode: false, ...probes });
  const { when, resources } = RECIPE.sections.find(({ name }) => name === section)!;
  if (!concerns(when, context)) return [];
  return resources
    .filter((entry) => entry.kind === "check")
    .filter((entry) => !entry.isWarning && concerns(entry.when, context) && !isTrue(entry.that, context))
    .map((entry) => resolve(entry, context).message);
}

describe("the configuration file", () => {
  it("says by default what the document shows", () => {
    expect(configuration({})).toEqual({
      interface: "internal/192.168.64.20",
      "listen-ng": "192.168.64.20:2223",
      "listen-cli": "127.0.0.1:9900",
      "listen-http": "127.0.0.1:2225",
      "port-min": "10000",
      "port-max": "20000",
      tos: "184",
      table: "0",
      "no-fallback": "false",
      timeout: "60",
      "silent-timeout": "30",
      "final-timeout": "10800",
      "log-level": "6",
      "log-facility": "daemon",
      "log-stderr": "false",
      pidfile: "/var/run/rtpengine/rtpengine.pid",
      foreground: "true",
      homer: "192.168.64.1:9060",
      "homer-protocol": "udp",
      "homer-id": "2002",
    });
  });

  it.each([
    [
      "two addresses of the host are two interfaces",
      "203.0.113.20",
      "internal/192.168.64.20;external/203.0.113.20",
    ],
    [
      "an address that is not the host's is advertised",
      "198.51.100.7",
      "internal/192.168.64.20;external/192.168.64.20!198.51.100.7",
    ],
    [
      "an advertised address may be named",
      "203.0.113.20!198.51.100.7",
      "internal/192.168.64.20;external/203.0.113.20!198.51.100.7",
    ],
  ])("interfaces: %s", (_claim, external, line) => {
    expect(configuration({ rtpengine_interface_external: external }).interface).toBe(line);
  });

  it.each<[Record<string, unknown>, string, string | undefined]>([
    [{ rtpengine_kernel_module: false }, "table", "-1"],
    [{ rtpengine_kernel_table: 7 }, "table", "7"],
    [{ rtpengine_max_sessions: 5000 }, "max-sessions", "5000"],
    [{ rtpengine_max_sessions: 0 }, "max-sessions", undefined],
    [{ rtpengine_dtls_passive: true }, "dtls-passive", "true"],
    [{ rtpengine_homer_enabled: false }, "homer", undefined],
    [{ rtpengine_homer_protocol: "tcp" }, "homer-protocol", "tcp"],
    [{ rtpengine_listen_http: "" }, "listen-http", undefined],
    [{ rtpengine_recording_enabled: true }, "recording-format", undefined],
    [{ rtpengine_recording_enabled: true, rtpengine_recording_dir: "/mnt/r" }, "recording-dir", "/mnt/r"],
    [
      {
        rtpengine_recording_enabled: true,
        rtpengine_recording_method: "pcap",
        rtpengine_recording_format: "eth",
      },
      "recording-format",
      "eth",
    ],
    [{ rtpengine_log_stderr: "yes" }, "log-stderr", "true"],
    [{ rtpengine_options: { redis: "127.0.0.1:6379/1" } }, "redis", "127.0.0.1:6379/1"],
  ])("%o: %s is %s", (given, key, value) => {
    expect(configuration(given)[key]).toBe(value);
  });

  it("has no blanks around the sign of log-level, which people's sed commands rely on", () => {
    expect(render(readTemplates().get("rtpengine.conf.j2")!, contextOf({}))).toContain("\nlog-level=6\n");
  });
});

describe("the recipe", () => {
  const paths = (given: Record<string, unknown>): string[] =>
    wanted(given).flatMap((entry) => (entry.kind === "template" ? [entry.path] : []));
  const packages = (given: Record<string, unknown>): string[] =>
    wanted(given).flatMap((entry) => (entry.kind === "packages" ? entry.packages : []));

  it("takes Debian's packages where that is wanted, and the vendor's with its repository otherwise", () => {
    expect(packages({ rtpengine_apt_source: "debian" })).toContain("rtpengine-daemon");
    expect(paths({ rtpengine_apt_source: "debian" })).not.toContain("/etc/apt/sources.list.d/rtpengine.list");
    expect(packages({})).toContain("ngcp-rtpengine-daemon");
    expect(paths({})).toContain("/etc/apt/sources.list.d/rtpengine.list");
  });

  it("makes the package's unit an alias of ours, or of nothing when it is not to run", () => {
    const link = (given: Record<string, unknown>) =>
      wanted({ rtpengine_apt_source: "debian", ...given }).find(
        (entry) => entry.kind === "link" && entry.path === "/etc/systemd/system/rtpengine-daemon.service",
      );
    expect(link({})).toMatchObject({ target: "/etc/systemd/system/rtpengine.service" });
    expect(link({ rtpengine_enabled: false })).toMatchObject({ target: "/dev/null" });
  });

  it("builds, loads and manages no module when none is wanted", () => {
    const given = { rtpengine_apt_source: "debian", rtpengine_kernel_module: false };
    expect(packages(given).join(" ")).not.toMatch(/dkms|iptables|headers/);
    expect(paths(given).join(" ")).not.toMatch(/modprobe|modules-load/);
  });

  it("has a module reloaded whose files are another user's, and no other", () => {
    const notifies = (owner: object): boolean =>
      wanted({}, { __rtpengine_owner: owner }).some(
        (entry) => entry.kind === "command" && (entry.notifies ?? []).includes("reload kernel module"),
      );
    expect(notifies({ rc: 0, stdout: "105" })).toBe(false);
    expect(notifies({ rc: 0, stdout: "0" })).toBe(true);
    // Not loaded.
    expect(notifies({ rc: 1, stdout: "" })).toBe(false);
  });

  it("has DKMS build the module of the source where one is wanted, once", () => {
    const given = { rtpengine_install_method: "source" };
    const commands = (more: object, probes: object = {}): string[] =>
      wanted({ ...given, ...more }, probes).flatMap((entry) =>
        entry.kind === "command" ? [entry.argv.join(" ")] : [],
      );
    const build = expect.stringMatching(
      /^\/usr\/local\/sbin\/rtpengine-build-module install 0123456789abcdef/,
    );
    expect(commands({})).toContainEqual(build);
    expect(packages(given)).toContain("dkms");
    expect(commands({}, { __rtpengine_dkms: { rc: 0, stdout: "" } })).not.toContainEqual(build);
    expect(commands({ rtpengine_kernel_module: false })).not.toContainEqual(build);
    expect(commands({ rtpengine_install_method: "package" })).not.toContainEqual(build);
  });

  it("runs the recording daemon as the service user, with the file that it has written", () => {
    const given = {
      rtpengine_apt_source: "debian",
      rtpengine_recording_enabled: true,
      rtpengine_user: "media",
      rtpengine_config_dir: "/etc/media",
    };
    expect(paths(given)).toContain("/etc/systemd/system/rtpengine-recording-daemon.service.d/role.conf");
    const text = render(readTemplates().get("rtpengine-recording.override.j2")!, contextOf(given));
    expect(text).toMatch(/^User=media$/m);
    expect(text).toMatch(/^ExecStart=.* --config-file=\/etc\/media\/rtpengine-recording.conf$/m);
  });

  it("stops and disables the service, and removes nothing, when it is not enabled", () => {
    const context = contextOf({ rtpengine_enabled: false });
    const service = wanted({ rtpengine_enabled: false }).find(({ kind }) => kind === "service");
    expect(service?.kind === "service" && isTrue(service.isRunning, context)).toBe(false);
    expect(paths({ rtpengine_enabled: false })).toEqual(paths({}));
  });

  it("warns of the seed's own silent timeout, and of nothing else", () => {
    expect(complaints({})).toEqual([expect.stringContaining("calls on hold or muted are cut sooner")]);
    expect(complaints({ rtpengine_silent_timeout: 3600 })).toEqual([]);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ rtpengine_port_min: 20000, rtpengine_port_max: 10000 }, "has to be less than rtpengine_port_max"],
    [{ rtpengine_pidfile: "/var/run/other.pid" }, "has to lie in rtpengine_run_dir"],
    [{ rtpengine_run_dir: "/srv/run", rtpengine_pidfile: "/srv/run/r.pid" }, "has to lie in /run"],
    [{ rtpengine_recording_enabled: true, rtpengine_kernel_module: false }, "needs the kernel module"],
    [
      { rtpengine_recording_enabled: true, rtpengine_recording_format: "raw" },
      "does not go with method proc",
    ],
    [{ rtpengine_ice_enabled: false }, "put ICE=remove into the proxy's flags"],
    [{ rtpengine_ice_lite: false }, "put ICE-lite=off into the proxy's flags"],
    [{ rtpengine_dtls_enabled: false }, "put DTLS=off into the proxy's flags"],
    [
      { rtpengine_install_method: "node", rtpengine_recording_enabled: true },
      "Method node does not record yet",
    ],
    [
      { rtpengine_install_method: "node", rtpengine_transcode_enabled: true },
      "Method node does not transcode yet",
    ],
    [{ rtpengine_install_method: "node" }, "rtpengine_homer_enabled: not carried by method node yet"],
  ])("complains about %o", (given, part) => {
    expect(complaints(given).join("\n")).toContain(part);
  });

  it("says on which systems it was not tested, and has package names of their own for them", () => {
    const on = (distribution: string, version: string) => ({
      ...DEBIAN,
      distribution,
      distribution_major_version: version,
    });
    const given = { rtpengine_silent_timeout: 3600 };
    expect(complaints(given, on("Debian", "12"))).toEqual([]);
    expect(complaints(given, on("Debian", "13"))).toEqual([
      expect.stringContaining("tested on Debian 12; of Debian 13 the names of packages are known"),
    ]);
    expect(complaints(given, on("Ubuntu", "24"))).toHaveLength(1);
    expect(complaints(given, on("Debian", "11")).join()).toContain(
      "The role knows Debian 12, Debian 13 and Ubuntu 24; this host is Debian 11",
    );
    const build = (version: string) => valuesOfSystem(on("Debian", version)).__rtpengine_build_packages;
    expect(build("12")).toContain("libpcre3-dev");
    expect(build("13")).not.toContain("libpcre3-dev");
  });

  it("installs the rules' extension where there is one: the daemons of mr12 and later do without", () => {
    const given = { rtpengine_apt_source: "debian" };
    expect(packages(given)).toContain("rtpengine-iptables");
    const without = wanted(given, { __rtpengine_extension: { rc: 100, stdout: "" } });
    expect(JSON.stringify(without)).not.toContain('"packages":["rtpengine-iptables"]');
  });

  it("refuses to record by a module that cannot be: in a container at once, elsewhere when it was not built", () => {
    const records = { rtpengine_recording_enabled: true };
    const sentence = [expect.stringContaining("method proc takes the media from the kernel module")];
    const container = { __rtpengine_kernel: { rc: 1, stdout: "" } };
    expect(complaintsOf("check", records, {})).toEqual([]);
    expect(complaintsOf("check", records, container)).toEqual(sentence);
    expect(complaintsOf("check", {}, container)).toEqual([]);
    const captures = { rtpengine_recording_method: "pcap", rtpengine_recording_format: "eth" };
    expect(complaintsOf("check", { ...records, ...captures }, container)).toEqual([]);
    const none = { __rtpengine_found: { rc: 0, stdout: "" }, __rtpengine_owner: { rc: 1, stdout: "" } };
    expect(complaintsOf("kernel", records, none)).toEqual(sentence);
    expect(complaintsOf("kernel", {}, none)).toEqual([]);
    // Before the packages are there, nobody can know; and one may be loaded that is no file here.
    expect(complaintsOf("kernel", records, { ...none, ansible_check_mode: true })).toEqual([]);
    expect(complaintsOf("kernel", records, { ...none, __rtpengine_owner: PROBES.__rtpengine_owner })).toEqual(
      [],
    );
  });

  it("refuses to record by a module that the kernel refuses, which else is a warning", () => {
    const records = { rtpengine_recording_enabled: true };
    const refused = {
      __rtpengine_loadable: { rc: 0, stdout: "Key was rejected by service (mokutil)" },
      __rtpengine_owner: { rc: 1, stdout: "" },
    };
    expect(complaintsOf("kernel", records, refused)).toEqual([
      expect.stringContaining("cannot be loaded: Key was rejected by service (mokutil). Mend that, or"),
    ]);
    expect(complaintsOf("kernel", {}, refused)).toEqual([]);
  });

  it("refuses to transcode with a daemon that has no codecs, once there is one", () => {
    const wanted = { rtpengine_transcode_enabled: true };
    const none = { __rtpengine_codecs: { rc: 0, stdout: "" } };
    const sentence = [expect.stringContaining("names no codec")];
    expect(complaintsOf("transcoding", wanted, {})).toEqual([]);
    expect(complaintsOf("transcoding", wanted, none)).toEqual(sentence);
    expect(complaintsOf("transcoding", wanted, { ...none, ansible_check_mode: true })).toEqual(sentence);
    expect(complaintsOf("transcoding", {}, none)).toEqual([]);
    const missing = { __rtpengine_codecs: { rc: 127, stdout: "" } };
    expect(complaintsOf("transcoding", wanted, { ...missing, ansible_check_mode: true })).toEqual([]);
    expect(complaintsOf("transcoding", wanted, missing)).toEqual(sentence);
  });

  it("refuses hosts that it does not know how to treat", () => {
    const strange = { ...DEBIAN, os_family: "RedHat", distribution: "Fedora", architecture: "riscv64" };
    const text = complaints({}, strange).join("\n");
    expect(text).toContain("this host is Fedora");
    expect(text).toContain("this host is riscv64");
    expect(complaints({}, { ...DEBIAN, service_mgr: "init" }).join()).toContain("process 1 is init");
  });
});
