import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parseRoleArguments, type RoleRequest } from "../../../src/cli/role/arguments.ts";
import { readInventory } from "../../../src/cli/role/inventory.ts";
import { accessOf, targetsOf } from "../../../src/cli/role/targets.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Writes files; the first is the inventory. */
function inventory(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "inventory-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return readInventory(join(folder, Object.keys(files)[0]!));
}

describe("an Ansible inventory", () => {
  it("in INI gives hosts with what host, groups and outer groups say, the nearest last", () => {
    const hosts = inventory({
      hosts: [
        "[media_servers]",
        'media-1 ansible_host=192.168.64.20 rtpengine_timeout=90 note="two words"  # one',
        "media-2",
        "[media_servers:vars]",
        "rtpengine_timeout=80",
        "rtpengine_homer_enabled=False",
        "[site:children]",
        "media_servers",
        "[site:vars]",
        "rtpengine_timeout=70",
        "rtpengine_log_level=5",
      ].join("\n"),
    });
    expect(hosts.map(({ name }) => name)).toEqual(["media-1", "media-2"]);
    expect(hosts[0]!.variables).toMatchObject({
      ansible_host: "192.168.64.20",
      rtpengine_timeout: 90,
      rtpengine_homer_enabled: false,
      rtpengine_log_level: 5,
      note: "two words",
      inventory_hostname: "media-1",
    });
    expect(hosts[1]!.variables).toMatchObject({ rtpengine_timeout: 80, rtpengine_log_level: 5 });
  });

  it("in YAML gives the same, with group_vars and host_vars beside it", () => {
    const [host] = inventory({
      "site.yml": [
        "all:",
        "  vars: {rtpengine_log_level: 4, rtpengine_timeout: 1}",
        "  children:",
        "    media_servers:",
        "      vars: {rtpengine_timeout: 2}",
        "      hosts:",
        "        media-1: {ansible_user: voip}",
      ].join("\n"),
      "group_vars/media_servers.yml": "rtpengine_timeout: 3\nrtpengine_tos: 96\n",
      "group_vars/all/main.yml": "rtpengine_homer_id: 7\n",
      "host_vars/media-1.yml": "rtpengine_tos: 104\n",
    });
    expect(host!.variables).toMatchObject({
      ansible_user: "voip",
      rtpengine_log_level: 4,
      rtpengine_timeout: 3,
      rtpengine_tos: 104,
      rtpengine_homer_id: 7,
    });
  });

  it.each([
    [{ hosts: "[media]\nmedia[1:3]" }, "is a pattern of hosts"],
    [{ hosts: "[media]\nmedia-1 lonely" }, "hosts:2: a host's variable is NAME=VALUE"],
    [{ hosts: "[media:vars]\nlonely" }, "hosts:2: a variable is NAME=VALUE"],
    [{ "site.yml": "all: {hosts: [a, b]}" }, "all has to be a dictionary"],
    [
      { hosts: "[m]\na", "host_vars/a.yml": "$ANSIBLE_VAULT;1.1;AES256\n3132" },
      "encrypted with ansible-vault",
    ],
  ])("that is not understood is refused with a sentence: %o", (files, part) => {
    expect(() => inventory(files as Record<string, string>)).toThrow(part);
  });

  it("says how a host is reached, jump hosts in quotes included, where the command line does not", () => {
    const variables = {
      ansible_user: "voip",
      ansible_port: 2222,
      ansible_ssh_private_key_file: "/k",
      ansible_ssh_common_args: "-F /c -o ProxyCommand=\"ssh -W %h:%p 'jump host'\" -o A=b",
    };
    const request = (...words: string[]) => parseRoleArguments(["plan", ...words]) as RoleRequest;
    expect(accessOf(variables, request("--ssh-option", "C=d", "--user", "root"))).toEqual({
      user: "root",
      port: 2222,
      keyFile: "/k",
      sshArguments: ["-F", "/c", "-o", "ProxyCommand=ssh -W %h:%p 'jump host'", "-o", "A=b", "-o", "C=d"],
    });
  });

  it("gives way to files and the command line, and refuses hosts that it has not", () => {
    const folder = mkdtempSync(join(tmpdir(), "inventory-"));
    folders.push(folder);
    const file = join(folder, "hosts");
    writeFileSync(file, "[m]\na ansible_host=10.0.0.1 rtpengine_timeout=70\nb ansible_connection=local\n");
    const targets = (...words: string[]) =>
      targetsOf(parseRoleArguments(["plan", "-i", file, ...words]) as RoleRequest);
    expect(targets("-e", "rtpengine_timeout=80").map(({ destination }) => destination)).toEqual([
      "10.0.0.1",
      undefined,
    ]);
    expect(targets("-e", "rtpengine_timeout=80")[0]!.given.rtpengine_timeout).toBe(80);
    expect(targets("--host", "b")).toHaveLength(1);
    expect(() => targets("--host", "c")).toThrow("has no host c; it has a, b");
  });
});
