import { type Diagnosis, examine, type Host } from "../../role/index.ts";
import type { RoleRequest } from "./arguments.ts";
import type { Output } from "./run.ts";

const COLORS = { ok: 32, warn: 33, fail: 31, skip: 90 } as const;

/** Prints what ails a host. @returns 1 when something does that has to be mended */
export async function runDoctor(
  host: Host,
  configFile: string,
  { json }: RoleRequest,
  { out, hasColor }: Output,
): Promise<{ code: number; result: object }> {
  const diagnoses = await examine(host, configFile);
  const failed = diagnoses.filter(({ outcome }) => outcome === "fail").length;
  if (!json) {
    out(`${host.name}\n`);
    const width = Math.max(...diagnoses.map(({ title }) => title.length));
    for (const diagnosis of diagnoses) out(line(diagnosis, width, hasColor));
    const warned = diagnoses.filter(({ outcome }) => outcome === "warn").length;
    out(
      `${host.name}: ${diagnoses.length - failed - warned} well, ${warned} to look at, ${failed} to mend\n`,
    );
  }
  return { code: failed > 0 ? 1 : 0, result: { diagnoses } };
}

function line({ title, outcome, evidence, fix }: Diagnosis, width: number, hasColor: boolean): string {
  const word = outcome.padEnd(4);
  const label = hasColor ? `\u001b[${COLORS[outcome]}m${word}\u001b[0m` : word;
  const help = fix === undefined ? "" : `${" ".repeat(width + 10)}→ ${fix}\n`;
  return `  ${label}  ${title.padEnd(width)}  ${evidence}\n${help}`;
}
