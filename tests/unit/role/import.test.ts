import { describe, expect, it } from "vitest";
import { render } from "../../../src/role/expression.ts";
import { importConfiguration } from "../../../src/role/import.ts";
import { RECIPE } from "../../../src/role/recipe/recipe.ts";
import { withDerived } from "../../../src/role/resolve.ts";
import { readTemplates } from "../../../src/role/templates.ts";
import { readVariables } from "../../../src/role/variables/read.ts";
import { parseIni } from "../../../src/wire/ini.ts";
import { DEBIAN } from "../../support/role-facts.ts";

/** The file that the role writes for these variables. */
function written(variables: Readonly<Record<string, unknown>>): string {
  const { values, problems } = readVariables(variables, DEBIAN);
  expect(problems).toEqual([]);
  return render(readTemplates().get("rtpengine.conf.j2")!, withDerived(values, RECIPE.derived));
}

const entriesOf = (text: string): Map<string, string> =>
  new Map(parseIni(text).sections[0]!.entries.map(({ key, value }) => [key, value]));

describe("import", () => {
  it.each([
    [{}],
    [{ rtpengine_interface_external: "203.0.113.20" }],
    [{ rtpengine_interface_internal: "192.168.64.20!198.51.100.1", rtpengine_kernel_module: false }],
    [{ rtpengine_homer_enabled: false, rtpengine_listen_http: "", rtpengine_max_sessions: 500 }],
    [{ rtpengine_recording_enabled: true, rtpengine_recording_dir: "/mnt/r", rtpengine_dtls_passive: true }],
    [{ rtpengine_options: { redis: "127.0.0.1:6379/1", "delete-delay": "0" }, rtpengine_timeout: 120 }],
  ])("reads back what the role writes for %o", (variables) => {
    const text = written(variables);
    const imported = importConfiguration(text);
    expect(imported.notes).toEqual([]);
    expect(written(imported.variables)).toBe(text);
  });

  it("keeps what a file leaves to the daemon as upstream's daemon has it, not as the role's defaults would", () => {
    const { variables } = importConfiguration(
      "[rtpengine]\ninterface=192.168.64.20\nlisten-ng=192.168.64.20:2223\n",
    );
    expect(variables).toMatchObject({
      rtpengine_port_min: 30000,
      rtpengine_port_max: 40000,
      rtpengine_silent_timeout: 3600,
      rtpengine_homer_enabled: false,
    });
  });

  it("makes of Debian's shipped file one that says the same", () => {
    const text = [
      "[rtpengine]",
      "table = 0",
      "interface = any",
      "listen-ng = localhost:2223",
      "listen-http = localhost:2225",
      "listen-cli = localhost:2224",
      "timeout = 60",
      "silent-timeout = 3600",
      "tos = 184",
      "port-min = 30000",
      "port-max = 40000",
      "recording-dir = /var/spool/rtpengine",
      "recording-method = proc",
    ].join("\n");
    const { variables, notes } = importConfiguration(text);
    expect(notes).toEqual([expect.stringContaining('interface: "any" is more than')]);
    const again = entriesOf(written(variables));
    for (const [key, value] of entriesOf(text)) {
      expect([key, again.get(key)]).toEqual([key, value.replace("localhost", "127.0.0.1")]);
    }
  });

  it("says what it cannot read, with the line", () => {
    const { notes } = importConfiguration("[rtpengine]\ninterface=10.0.0.1\nnonsense\n");
    expect(notes).toEqual([expect.stringContaining("line 3")]);
    expect(importConfiguration("a=1").notes.join()).toContain("there is no section [rtpengine]");
  });

  it("keeps names of interfaces that a proxy's directions rely on", () => {
    const { variables, notes } = importConfiguration(
      "[rtpengine]\ninterface=pub/203.0.113.20;priv/10.0.0.1\n",
    );
    expect(notes.join()).toContain("pub and priv");
    expect(entriesOf(written(variables)).get("interface")).toBe("pub/203.0.113.20;priv/10.0.0.1");
  });
});
