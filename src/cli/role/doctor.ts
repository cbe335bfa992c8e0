import {
  examine,
  failures,
  findingSummary,
  findingTable,
  type Host,
  type ProxyAccess,
} from "../../role/index.ts";
import type { RoleRequest } from "./arguments.ts";
import { painter } from "./paint.ts";
import type { Output } from "./run.ts";

/** Prints what ails a host. @returns 1 when something does that has to be mended */
export async function runDoctor(
  host: Host,
  configFile: string,
  { json }: RoleRequest,
  { out, hasColor }: Output,
  proxies: readonly ProxyAccess[],
): Promise<{ code: number; result: object }> {
  const diagnoses = await examine(host, configFile, proxies);
  if (!json) {
    const table = findingTable(diagnoses, painter(hasColor));
    out(`${host.name}\n${table}${host.name} : ${findingSummary(diagnoses)}\n`);
  }
  return { code: failures(diagnoses).length > 0 ? 1 : 0, result: { diagnoses } };
}
