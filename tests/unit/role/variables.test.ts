import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readVariables } from "../../../src/role/variables/read.ts";
import { VARIABLES } from "../../../src/role/variables/table.ts";
import { DEBIAN } from "../../support/role-facts.ts";

const read = (given: Record<string, unknown>) => readVariables(given, DEBIAN);
const problem = (given: Record<string, unknown>): string | undefined => read(given).problems[0]?.message;

/** Name and default of every variable in the tables of the document that asked for the role. */
const SEED: Readonly<Record<string, unknown>> = {
  rtpengine_enabled: true,
  rtpengine_install_method: "package",
  rtpengine_version: "mr12.0",
  rtpengine_listen_ng: "192.168.64.20:2223",
  rtpengine_listen_cli: "127.0.0.1:9900",
  rtpengine_port_min: 10000,
  rtpengine_port_max: 20000,
  rtpengine_interface_internal: "192.168.64.20",
  rtpengine_interface_external: "",
  rtpengine_dtls_enabled: true,
  rtpengine_ice_enabled: true,
  rtpengine_ice_lite: true,
  rtpengine_transcode_enabled: false,
  rtpengine_kernel_module: true,
  rtpengine_kernel_table: 0,
  rtpengine_recording_enabled: false,
  rtpengine_recording_dir: "/var/spool/rtpengine",
  rtpengine_recording_format: "wav",
  rtpengine_homer_enabled: true,
  rtpengine_homer_host: "192.168.64.1",
  rtpengine_homer_port: 9060,
  rtpengine_homer_id: 2002,
  rtpengine_max_sessions: 0,
  rtpengine_timeout: 60,
  rtpengine_silent_timeout: 30,
  rtpengine_final_timeout: 10800,
  rtpengine_user: "rtpengine",
  rtpengine_group: "rtpengine",
  rtpengine_config_dir: "/etc/rtpengine",
  rtpengine_log_level: 6,
};

/** Those that only its author's defaults have. */
const PUBLISHED: Readonly<Record<string, unknown>> = {
  rtpengine_git_repo: "https://github.com/sipwise/rtpengine.git",
  rtpengine_build_dir: "/usr/local/src/rtpengine",
  rtpengine_dtls_passive: false,
  rtpengine_recording_method: "proc",
  rtpengine_homer_protocol: "udp",
  rtpengine_log_facility: "daemon",
  rtpengine_log_stderr: false,
  rtpengine_run_dir: "/var/run/rtpengine",
  rtpengine_pidfile: "/var/run/rtpengine/rtpengine.pid",
  rtpengine_cpu_affinity: "",
};

describe("the variables", () => {
  it("are all those of the role that was asked for, with their defaults", () => {
    expect(read({}).problems).toEqual([]);
    expect(read({}).values).toMatchObject({ ...SEED, ...PUBLISHED });
  });

  it("follow the addresses that an inventory names, as the published role's did", () => {
    const { values } = read({ internal_ip: "10.0.0.5", external_ip: "198.51.100.5" });
    expect(values).toMatchObject({
      rtpengine_interface_internal: "10.0.0.5",
      rtpengine_interface_external: "198.51.100.5",
      rtpengine_listen_ng: "10.0.0.5:2223",
    });
  });

  it("may refer to others that come later", () => {
    const { values, problems } = read({
      rtpengine_config_dir: "{{ base }}/rtpengine",
      base: "{{ root }}/etc",
      root: "/srv",
    });
    expect(problems).toEqual([]);
    expect(values.rtpengine_config_dir).toBe("/srv/etc/rtpengine");
  });

  it("take words for truth values and digits for numbers, as command lines and inventories write them", () => {
    const { values } = read({
      rtpengine_enabled: "no",
      rtpengine_timeout: "120",
      rtpengine_ice_lite: "False",
    });
    expect(values).toMatchObject({
      rtpengine_enabled: false,
      rtpengine_timeout: 120,
      rtpengine_ice_lite: false,
    });
  });

  it.each([
    [{ rtpengine_prot_min: 1 }, "did you mean rtpengine_port_min?"],
    [{ rtpengine_colour: "red" }, "`rtpengine-role vars` lists those there are"],
    [{ rtpengine_timeout: "soon" }, '"soon" is not a whole number'],
    [{ rtpengine_timeout: 1.5 }, "1.5 is not a whole number"],
    [{ rtpengine_port_min: 80 }, "80 is out of range: 1024 to 65535"],
    [{ rtpengine_enabled: "maybe" }, '"maybe" is neither true nor false'],
    [{ rtpengine_install_method: "packages" }, "did you mean package?"],
    [{ rtpengine_interface_internal: "eth0" }, "is not an IP address"],
    [{ rtpengine_interface_internal: "300.1.1.1" }, '"300.1.1.1" is no IP address'],
    [{ rtpengine_interface_external: "10.0.0.1!999.0.0.1" }, '"999.0.0.1" is no IP address'],
    [{ rtpengine_listen_ng: "2223" }, "is not ADDRESS:PORT"],
    [{ rtpengine_listen_ng: "10.0.0.1:99999" }, "is no IP address"],
    [{ rtpengine_config_dir: "etc" }, "is not an absolute path"],
    [{ rtpengine_config_dir: "/etc/$(reboot)" }, "is not an absolute path"],
    [{ rtpengine_user: "" }, "it is empty"],
    [{ rtpengine_cpu_affinity: "0\nExecStartPre=/bin/evil" }, "a line break is in it"],
    [{ rtpengine_vault_options: { redis: "secret" } }, "MOUNT/PATH#FIELD"],
    [{ rtpengine_vault_token: ["t0ps3cret"] }, "its value cannot be used"],
    [{ rtpengine_firewall_ng_sources: ["10.0.0.0/8; drop"] }, "cannot be in it"],
    [{ rtpengine_git_repo: "https://x/$(reboot)" }, "has a character that it cannot have"],
    [{ rtpengine_options: { redis: "a\nlog-level=7" } }, "a line break is in it"],
    [{ rtpengine_options: ["redis"] }, "is not a dictionary of texts"],
    [{ rtpengine_user: "{{ nobody_said }}" }, "nobody_said"],
    [{ rtpengine_run_dir: "{{ rtpengine_pidfile }}" }, "refers to itself"],
  ])("refuse %o in a sentence that says what is wrong", (given, part) => {
    expect(problem(given)).toContain(part);
  });

  it("are explained one by one", () => {
    for (const { name, sentence } of VARIABLES) {
      expect(sentence, name).toMatch(/^[^.]+.*[^.\n]$/);
    }
  });

  it("are all used by the recipe or its templates: none is there for show", () => {
    const folder = new URL("../../../src/role/", import.meta.url);
    const textsIn = (name: string): string =>
      readdirSync(new URL(name, folder))
        .map((file) => readFileSync(new URL(`${name}/${file}`, folder), "utf8"))
        .join("\n");
    const texts = textsIn("recipe") + textsIn("apply");
    const templates = textsIn("templates");
    const defaults = VARIABLES.map((entry) => JSON.stringify(entry.default)).join();
    const all = `${texts}${templates}${defaults}`;
    const unused = VARIABLES.map(({ name }) => name).filter((name) => !all.includes(name));
    expect(unused).toEqual([]);
  });
});
