import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { render } from "../../../src/role/expression.ts";
import { FIREWALL } from "../../../src/role/recipe/firewall.ts";
import { RECIPE } from "../../../src/role/recipe/recipe.ts";
import { concerns, withDerived } from "../../../src/role/resolve.ts";
import { readTemplates } from "../../../src/role/templates.ts";
import { readVariables } from "../../../src/role/variables/read.ts";
import { DEBIAN } from "../../support/role-facts.ts";
import { temporaryFolder } from "../../support/role-workplace.ts";

/** As nftables does: a rule a line with a handle, a single address without its length. */
const NFT = `#!/bin/sh
rules=FOLDER/nft
case "$*" in
"list chain inet filter input" | "list chain inet edge input") sed "s/^[0-9]* //" "$rules-$4" 2>/dev/null ;;
"-a list chain inet "*) sed "s/^\\([0-9]*\\) \\(.*\\)/\\2 # handle \\1/" "$rules-$5" 2>/dev/null ;;
"insert rule inet "*)
	set -- $1
	table=$4
	shift 5
	test ! -e FOLDER/fail || exit 1
	n=$(($(cat FOLDER/n 2>/dev/null || echo 0) + 1))
	echo $n >FOLDER/n
	echo "$n $*" | sed "s,/32 udp, udp," >>"$rules-$table"
	;;
"delete rule inet "*) sed -i "/^$7 /d" "$rules-$4" ;;
*) echo "nft $*" >>FOLDER/unknown; exit 1 ;;
esac
`;

const UFW = `#!/bin/sh
case "$1" in
show) cat FOLDER/ufw 2>/dev/null ;;
allow) echo "ufw $*" >>FOLDER/ufw ;;
--force) shift 2; grep -vxF "ufw $*" FOLDER/ufw >FOLDER/ufw.new; mv FOLDER/ufw.new FOLDER/ufw ;;
esac
`;

describe("the firewall's script", () => {
  let folder: string;

  beforeEach(() => {
    folder = temporaryFolder(onTestFinished);
    for (const [name, text] of [
      ["nft", NFT],
      ["ufw", UFW],
    ] as const) {
      mkdirSync(join(folder, "bin"), { recursive: true });
      writeFileSync(join(folder, "bin", name), text.replaceAll("FOLDER", folder));
      chmodSync(join(folder, "bin", name), 0o755);
    }
  });

  const script = (command: string, more: Record<string, unknown> = {}): number => {
    const { values, problems } = readVariables(
      { rtpengine_firewall: "nftables", rtpengine_firewall_ng_sources: ["192.168.64.10/32"], ...more },
      DEBIAN,
    );
    expect(problems).toEqual([]);
    const text = render(
      readTemplates().get("rtpengine-firewall.sh.j2")!,
      withDerived(values, RECIPE.derived),
    ).replaceAll(/\/(var\/lib\/rtpengine-role|etc\/nftables\.d)/g, `${folder}/$1`);
    const { status } = spawnSync("sh", ["-s", command], {
      input: text,
      env: { PATH: `${join(folder, "bin")}:/usr/bin:/bin` },
    });
    return status!;
  };
  const rules = (table = "filter"): string[] => {
    const file = join(folder, `nft-${table}`);
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .filter(Boolean)
      .map((line) => line.replace(/^\d+ /, ""));
  };
  const fragment = (): string => readFileSync(join(folder, "etc/nftables.d/rtpengine.nft"), "utf8");
  const MEDIA = 'udp dport 10000-20000 accept comment "rtpengine media 10000-20000"';
  const NG = 'ip saddr 192.168.64.10 udp dport 2223 accept comment "rtpengine NG 192.168.64.10/32 2223"';

  it("adds a rule once, in whatever way the firewall writes its address", () => {
    expect(script("check")).not.toBe(0);
    expect(script("sync")).toBe(0);
    expect(rules()).toEqual([MEDIA, NG]);
    expect(script("check")).toBe(0);
    expect(script("sync")).toBe(0);
    expect(rules()).toEqual([MEDIA, NG]);
    expect(script("remove")).toBe(0);
    expect(rules()).toEqual([]);
  });

  it("notices when somebody has taken a rule away", () => {
    script("sync");
    writeFileSync(join(folder, "nft-filter"), `9 ${MEDIA}\n`);
    expect(script("check")).not.toBe(0);
    script("sync");
    expect(rules()).toEqual([MEDIA, NG]);
  });

  it("takes back the last sync, and nothing of those before", () => {
    script("sync");
    script("sync", { rtpengine_firewall_ng_sources: ["10.0.0.9"], rtpengine_port_max: 30000 });
    expect(rules()).toEqual([
      'udp dport 10000-30000 accept comment "rtpengine media 10000-30000"',
      'ip saddr 10.0.0.9 udp dport 2223 accept comment "rtpengine NG 10.0.0.9 2223"',
    ]);
    expect(script("revert", { rtpengine_port_max: 30000 })).toBe(0);
    expect(rules()).toEqual([MEDIA, NG]);
    expect(fragment()).toContain(MEDIA);
    expect(script("check")).toBe(0);
  });

  it("takes back the first sync", () => {
    script("sync");
    expect(script("revert")).toBe(0);
    expect(rules()).toEqual([]);
    expect(existsSync(join(folder, "var/lib/rtpengine-role/firewall"))).toBe(false);
  });

  it("closes in the old chain and the old tool what it has opened there", () => {
    script("sync");
    script("sync", { rtpengine_firewall_chain: "inet edge input" });
    expect(rules()).toEqual([]);
    expect(rules("edge")).toEqual([MEDIA, NG]);
    script("sync", { rtpengine_firewall: "ufw" });
    expect(rules("edge")).toEqual([]);
    expect(script("check", { rtpengine_firewall: "ufw" })).toBe(0);
    expect(readFileSync(join(folder, "ufw"), "utf8")).toContain("from 192.168.64.10 to any port 2223");
  });

  it("leaves rules of others alone, be they ever so like its own", () => {
    const foreign = [
      '900 udp dport 10000-20000 accept comment "media"',
      '901 ip saddr 10.0.0.1 udp dport 10000-20000 accept comment "rtpengine media"',
      "902 ip saddr 192.168.64.10 udp dport 2223 accept",
    ];
    writeFileSync(join(folder, "nft-filter"), `${foreign.join("\n")}\n`);
    script("sync");
    script("remove");
    expect(readFileSync(join(folder, "nft-filter"), "utf8").trim().split("\n")).toEqual(foreign);
  });

  it("keeps the fragment where its removal would keep nftables from loading any rule", () => {
    script("sync");
    expect(fragment()).not.toBe("");
    script("remove");
    expect(fragment()).toBe("");
  });

  it("takes away what a sync had opened when it broke off", () => {
    script("sync", { rtpengine_firewall_ng_sources: [] });
    writeFileSync(join(folder, "fail"), "");
    expect(script("sync")).not.toBe(0);
    expect(rules()).toEqual([MEDIA]);
    script("remove");
    expect(rules()).toEqual([]);
  });

  it("is told to close the ports when no firewall is named any more", () => {
    const close = FIREWALL.resources.find(({ name }) => name.startsWith("Close the ports"))!;
    const context = { rtpengine_firewall: "none", __rtpengine_old_rules: { rc: 0 } };
    expect(concerns(FIREWALL.when, context) && concerns(close.when, context)).toBe(true);
    expect(concerns(close.when, { ...context, rtpengine_firewall: "ufw" })).toBe(false);
  });
});
