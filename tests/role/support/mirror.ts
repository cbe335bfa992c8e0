import { existsSync, readdirSync, readFileSync } from "node:fs";
import { succeed } from "./command.ts";

/** The release that hosts run. */
export const SUITE = "bookworm";

const SUITES = [SUITE, `${SUITE}-updates`, `${SUITE}-security`];
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Where this machine's own apt gets Debian from: one-line entries for `sources.list`. */
export function debianSources(folder = "/etc/apt"): string[] {
  const lines = [
    ...read(`${folder}/sources.list`).split("\n"),
    ...sourceFiles(folder, ".list").flatMap((text) => text.split("\n")),
  ].flatMap(fromLine);
  const stanzas = sourceFiles(folder, ".sources")
    .flatMap((text) => text.split(/\n\s*\n/))
    .flatMap(fromStanza);
  const sources = [...new Set([...lines, ...stanzas])];
  if (sources.length > 0) return sources;
  throw new Error(
    `Nothing in ${folder} names a mirror of Debian 12: add "deb URI ${SUITE} main" to ${folder}/sources.list`,
  );
}

/** Settings of this machine's apt that another root needs to reach the same mirror. */
export async function aptOptions(): Promise<string[]> {
  const dump = await succeed(["apt-config", "dump"]);
  const carried = /^Acquire::(?:Check-Valid-Until|Check-Date|https?::(?:Proxy\b.*|CaInfo)) ".+";$/;
  return ['Acquire::Languages "none"', ...dump.split("\n").filter((line) => carried.test(line))];
}

function fromLine(line: string): string[] {
  const [, uri, suite] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(?:.*\s)?main\b/.exec(line) ?? [];
  return uri && suite ? entries([uri], [suite]) : [];
}

/** A stanza of a deb822 file (sources.list(5)). */
function fromStanza(stanza: string): string[] {
  const field = (name: string): string[] => {
    const [, value] = new RegExp(`^${name}:[ \\t]*(.*)$`, "mi").exec(stanza) ?? [];
    return value?.split(/\s+/).filter(Boolean) ?? [];
  };
  const isBinary = field("Types").includes("deb") && field("Components").includes("main");
  return isBinary && !field("Enabled").includes("no") ? entries(field("URIs"), field("Suites")) : [];
}

function entries(uris: readonly string[], suites: readonly string[]): string[] {
  const wanted = suites.filter((suite) => SUITES.includes(suite));
  return uris.flatMap((uri) => wanted.map((suite) => `deb [signed-by=${KEYRING}] ${uri} ${suite} main`));
}

function sourceFiles(folder: string, extension: string): string[] {
  const parts = `${folder}/sources.list.d`;
  if (!existsSync(parts)) return [];
  const names = readdirSync(parts).filter((name) => name.endsWith(extension));
  return names.sort().map((name) => read(`${parts}/${name}`));
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
