import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readInventory } from "../../../src/cli/role/inventory.ts";
import { validationTasks } from "../../../src/role/ansible/validation.ts";
import { SshHost } from "../../../src/role/host/ssh.ts";
import { INSTALL_NODE } from "../../../src/role/recipe/tools.ts";
import { concerns } from "../../../src/role/resolve.ts";
import { readVariables } from "../../../src/role/variables/read.ts";
import { DEBIAN } from "../../support/role-facts.ts";

const problem = (given: Record<string, unknown>): string | undefined =>
  readVariables(given, DEBIAN).problems[0]?.message;

describe("variables from others", () => {
  it.each([
    "{{ ''.constructor.constructor('return process')().pid }}",
    "{{ ''['const' ~ 'ructor'] }}",
    "{{ range['__proto__'] }}",
    "{{ constructor.keys({}) }}",
  ])("run no code here: %s", (text) => {
    expect(problem({ rtpengine_deb_dir: text })).toContain("is not to be had");
  });

  it.each([
    { rtpengine_config_dir: "/etc/../root" },
    { rtpengine_config_dir: "/etc/rtpengine/." },
    { rtpengine_recording_dir: "/" },
    { rtpengine_run_dir: "/run/rtpengine/" },
    { rtpengine_recording_dir: "/var//spool" },
    // systemd puts something else in its place.
    { rtpengine_config_dir: "/etc/%n" },
  ])("name no folder by a detour: %o", (given) => {
    expect(problem(given)).toContain("is not an absolute path");
  });

  it.each([{ "[other]": "1" }, { "a=b": "1" }, { "": "1" }, { "# x": "1" }])(
    "have options with names that a file can hold: %o",
    (options) => {
      expect(problem({ rtpengine_options: options })).toContain("rtpengine_options");
    },
  );

  it.each(["300.1.1.1", "abc", "10.0.0.0/99", "2001:db8::/129", "1:2", "10.0.0.1/"])(
    "have sources that are addresses: %s",
    (source) => {
      expect(problem({ rtpengine_firewall_ng_sources: [source] })).toContain("rtpengine_firewall_ng_sources");
    },
  );

  it("have sources of both kinds", () => {
    expect(
      problem({ rtpengine_firewall_ng_sources: ["10.0.0.0/8", "192.168.1.1", "2001:db8::/32", "::1"] }),
    ).toBeUndefined();
  });
});

describe("what Ansible checks", () => {
  const conditions = (name: string): string[] => {
    const task = validationTasks().find((entry) => String(entry.name).endsWith(`${name} is possible`));
    return (task?.["ansible.builtin.assert"] as { that: string[] } | undefined)?.that ?? [];
  };

  it("ends with the text: a line break behind it is none of its own", () => {
    expect(conditions("rtpengine_user")[0]).toMatch(/\\\\Z'\)$/);
    for (const condition of validationTasks().map((task) => JSON.stringify(task))) {
      expect(condition).not.toMatch(/\)\$'/);
    }
  });

  it("leaves no truth value to chance: for Ansible, `y` is one thing here and another there", () => {
    expect(conditions("rtpengine_enabled")[0]).toContain("rtpengine_enabled | string | lower in ['true'");
  });

  it("takes digits alone for a number", () => {
    expect(conditions("rtpengine_port_min").join()).toContain(
      "rtpengine_port_min | string is match('^(-?[0-9]+)",
    );
  });

  it("lets no line break into the options", () => {
    expect(conditions("rtpengine_options").join()).toContain("rtpengine_options.values()");
  });
});

describe("a name of a host", () => {
  it.each(["-oProxyCommand=touch /tmp/x", "a b", "a\nb", "$(reboot)", "a;b", ""])(
    "is no option and no command of ssh: %j",
    async (destination) => {
      await expect(SshHost.connect({ destination })).rejects.toThrow("is no name of a host");
    },
  );

  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const inventory = (text: string, name = "hosts") => {
    const folder = mkdtempSync(join(tmpdir(), "inventory-"));
    folders.push(folder);
    mkdirSync(join(folder, "inventory"));
    writeFileSync(join(folder, "secret.yml"), "rtpengine_timeout: 1\n");
    const file = join(folder, "inventory", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return readInventory(file);
  };

  it.each([
    ["hosts", "[media]\n-oProxyCommand=x"],
    ["hosts", "[media]\n../secret"],
    ["hosts", "[../secret]\na"],
    ["site.yml", "all: {hosts: {'../../secret': {}}}"],
    ["site.yml", "../secret: {hosts: {a: {}}}"],
    ["hosts", "[media:children]\n../../secret"],
  ])("or group of an inventory leads to no other file: %s %j", (name, text) => {
    expect(() => inventory(text, name)).toThrow("is no name");
  });
});

describe("programs of others in /usr/local/bin", () => {
  const DAEMON = "/usr/local/bin/rtpengine";
  const CTL = "/usr/local/bin/rtpengine-ctl";
  const touched = (method: string, rc: number): string[] =>
    INSTALL_NODE.resources
      .filter(({ kind }) => kind !== "probe" && kind !== "check")
      .filter(({ when }) =>
        concerns(when, {
          rtpengine_install_method: method,
          rtpengine_tools: true,
          __rtpengine_daemon_place: { rc },
          __rtpengine_ctl_place: { rc },
        }),
      )
      .flatMap((entry) => ("path" in entry ? [entry.path] : []));

  it("are neither overwritten nor removed", () => {
    expect(touched("package", 2)).toEqual([CTL, DAEMON]);
    expect(touched("package", 0)).toEqual([CTL, DAEMON]);
    expect(touched("package", 1)).toEqual([]);
    expect(touched("node", 0)).toEqual([CTL, DAEMON]);
    expect(touched("node", 1)).toEqual([]);
  });
});
