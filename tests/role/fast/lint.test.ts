import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { execute } from "../support/command.ts";

const ROLES = fileURLToPath(new URL("../../../deploy/ansible/roles", import.meta.url));

it("ansible-lint finds nothing in the emitted role, by its strictest profile", async () => {
  const lint = ["ansible-lint", "--offline", "--nocolor", "--profile", "production", "rtpengine"];
  const { code, stdout, stderr } = await execute(lint, { cwd: ROLES, timeoutMs: 120_000 });
  expect(code, stdout + stderr).toBe(0);
  expect(stdout + stderr).toMatch(/Passed with production profile: 0 failure\(s\), 0 warning\(s\) on [1-9]/);
});

it("yamllint finds nothing in the emitted role", async () => {
  const rules = "{extends: default, rules: {line-length: {max: 160}}}";
  const { code, stdout } = await execute(["yamllint", "--strict", "-d", rules, "rtpengine"], { cwd: ROLES });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
});
