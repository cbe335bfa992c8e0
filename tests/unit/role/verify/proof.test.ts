import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseRoleArguments } from "../../../../src/cli/role/arguments.ts";
import { emitRole } from "../../../../src/role/ansible/emit.ts";
import { RECIPE } from "../../../../src/role/recipe/recipe.ts";

describe("the role's proof", () => {
  const files = emitRole(RECIPE, new Map());
  const tasks = parse(files.get("tasks/verify.yml")!) as Record<string, unknown>[];

  it("comes last, after handlers, where it is wanted and the service runs, and never in check mode", () => {
    const main = parse(files.get("tasks/main.yml")!) as Record<string, unknown>[];
    expect(main.at(-1)).toMatchObject({
      "ansible.builtin.include_tasks": "verify.yml",
      when: [
        "rtpengine_state == 'present'",
        "rtpengine_verify | bool",
        "rtpengine_enabled | bool",
        "not ansible_check_mode",
      ],
    });
    expect(tasks[0]).toMatchObject({ "ansible.builtin.meta": "flush_handlers" });
  });

  it("changes nothing", () => {
    for (const task of tasks.slice(1)) expect(task.changed_when).toBe(false);
  });

  it("runs the installed program on the configuration that the role writes", () => {
    expect(tasks.at(-1)).toMatchObject({
      "ansible.builtin.command": {
        argv: ["/usr/bin/rtpengine-role", "verify", "--config", "{{ rtpengine_config_dir }}/rtpengine.conf"],
      },
      when: "__rtpengine_role.rc == 0",
    });
  });

  it("asks for a pong with what Debian always has, and fails without one", () => {
    const { argv } = tasks[1]!["ansible.builtin.command"] as { argv: string[] };
    const [shell = "", ...words] = argv.slice(0, -1);
    const { status, stderr } = spawnSync(shell, [...words, "127.0.0.1:9"], { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain("127.0.0.1:9 does not answer NG");
  });
});

describe("the words of verify", () => {
  it("are where, how long, and who else is asked", () => {
    const words = [
      "verify",
      "--seconds",
      "5",
      "--homer-listen",
      "192.0.2.1:9060",
      "--from",
      "proxy",
      "--config",
      "/f",
    ];
    expect(parseRoleArguments(words)).toMatchObject({
      command: "verify",
      seconds: 5,
      homerListen: { family: 4, address: "192.0.2.1", port: 9060 },
      proxies: ["proxy"],
      configFile: "/f",
    });
    expect(parseRoleArguments(["verify"])).toMatchObject({ seconds: 2, homerListen: undefined });
  });

  it.each([
    ["--seconds", "0", '"0" is no number of seconds'],
    ["--seconds", "soon", '"soon" is no number of seconds'],
    ["--homer-listen", "homer:9060", '"homer:9060" is no ADDRESS:PORT'],
    ["--homer-listen", "9060", '"9060" is no ADDRESS:PORT'],
  ])("%s %s is refused", (option, value, reason) => {
    expect(parseRoleArguments(["verify", option, value])).toEqual({
      reason: expect.stringContaining(reason),
    });
  });
});
