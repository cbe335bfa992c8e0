import { describe, expect, it } from "vitest";
import { RECIPE } from "../../../src/role/recipe/recipe.ts";
import { renderFiles } from "../../../src/role/render-files.ts";
import { readTemplates } from "../../../src/role/templates.ts";
import { readVariables } from "../../../src/role/variables/read.ts";
import { DEBIAN } from "../../support/role-facts.ts";

function files(given: Record<string, unknown>): Map<string, string> {
  const { values, problems } = readVariables(given, DEBIAN);
  expect(problems).toEqual([]);
  return renderFiles(RECIPE, values, readTemplates());
}

describe("render", () => {
  it.each<[Record<string, unknown>]>([
    [{ rtpengine_apt_source: "debian" }],
    [{}],
    [{ rtpengine_install_method: "source" }],
    [{ rtpengine_install_method: "node", rtpengine_firewall: "ufw" }],
    [{ rtpengine_recording_enabled: true, rtpengine_log_file: "" }],
  ])("gives the files that the role would write for %o, where it would write them", (given) => {
    const written = files(given);
    expect(written.get("/etc/rtpengine/rtpengine.conf")).toContain("[rtpengine]\n");
    for (const [path, text] of written) expect(path + text, path).not.toMatch(/\{\{|\{%/);
    const isNode = given.rtpengine_install_method === "node";
    expect(written.has("/etc/systemd/system/rtpengine.service")).toBe(!isNode);
    expect(written.has("/usr/local/sbin/rtpengine-firewall")).toBe(isNode);
    expect(written.has("/usr/local/sbin/rtpengine-build")).toBe(given.rtpengine_install_method === "source");
    expect(written.has("/etc/logrotate.d/rtpengine")).toBe(given.rtpengine_log_file !== "");
  });

  it("asks neither host nor Vault: what they would tell reads UNKNOWN", () => {
    const written = files({ rtpengine_vault_options: { redis: "secret/rtpengine#password" } });
    expect(written.get("/etc/rtpengine/rtpengine.conf")).toContain("redis=UNKNOWN\n");
    expect(written.get("/etc/modprobe.d/rtpengine.conf")).toContain("proc_uid=UNKNOWN");
  });
});
