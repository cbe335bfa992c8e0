import { formatEndpoint } from "../../base/endpoint.ts";
import {
  type Context,
  type Finding,
  failures,
  finding,
  findingSummary,
  findingTable,
  gatherFacts,
  type Host,
  HostError,
  judgeCodecs,
  judgeProxy,
  LocalHost,
  ngEndpoint,
  ngFromOutside,
  RECIPE,
  readVariables,
  transcodingBinary,
  verifyBare,
  verifyHere,
  verifyThere,
  withDerived,
} from "../../role/index.ts";
import { iniSection, parseIni } from "../../wire/ini.ts";
import type { RoleRequest } from "./arguments.ts";
import { painter } from "./paint.ts";
import type { Output } from "./run.ts";

const UNIT = "rtpengine.service";
const DEFAULT_FILE = "/etc/rtpengine/rtpengine.conf";

/** How to reach the proxy's host, where nobody has to be root. */
type Connect = (destination: string) => Promise<Host>;

/**
 * Verifies one host and prints what was found.
 *
 * @param host undefined: this one, which the program runs on
 */
export async function verifyHost(
  host: Host | undefined,
  request: RoleRequest,
  given: Context,
  output: Output,
  connect: Connect,
): Promise<{ code: number; result: { findings: readonly Finding[] } }> {
  const where = host ?? new LocalHost(true);
  const wanted = await variablesOf(where, given);
  // Without variables it is where it always is.
  const configFile =
    request.configFile ??
    (wanted === undefined ? DEFAULT_FILE : `${String(wanted.rtpengine_config_dir)}/rtpengine.conf`);
  const findings: Finding[] =
    host === undefined
      ? [
          ...(await verifyHere({
            configFile,
            unit: UNIT,
            seconds: request.seconds,
            homerListen: request.homerListen,
          })),
        ]
      : await verifyOverSsh(host, request, configFile);
  const transcoder = wanted && transcodingBinary(wanted);
  if (transcoder !== undefined) findings.push(await judgeCodecs(where, transcoder));
  for (const proxy of request.proxies) findings.push(await fromProxy(where, proxy, configFile, connect));
  const code = failures(findings).length > 0 ? 1 : 0;
  if (!request.json) {
    output.out(
      `${where.name}\n${findingTable(findings, painter(output.hasColor))}${where.name} : ${findingSummary(findings)}\n`,
    );
  }
  return { code, result: { findings } };
}

/** What the variables say, with what is derived from them; undefined without any. */
async function variablesOf(host: Host, given: Context): Promise<Context | undefined> {
  if (Object.keys(given).length === 0) return undefined;
  const { values, problems } = readVariables(given, await gatherFacts(host));
  if (problems.length > 0) throw new HostError(problems.map(({ message }) => message).join("\n"));
  return withDerived(values, RECIPE.derived);
}

async function verifyOverSsh(host: Host, request: RoleRequest, configFile: string): Promise<Finding[]> {
  const { seconds, homerListen } = request;
  const words = ["--config", configFile, "--seconds", String(seconds)];
  if (homerListen !== undefined) words.push("--homer-listen", formatEndpoint(homerListen));
  const findings = await verifyThere(host, words);
  if (findings !== undefined) return [...findings];
  const ng = ngEndpoint(await listenNg(host, configFile));
  const reason = "rtpengine-role is not installed there, or knows no `verify`: no call was tried";
  return [
    ...(await verifyBare(host, { unit: UNIT, ng, patienceSeconds: 0 })),
    finding("tools", "skip", reason),
  ];
}

async function fromProxy(host: Host, from: string, configFile: string, connect: Connect): Promise<Finding> {
  const ng = await ngFromOutside(host, await listenNg(host, configFile));
  return "reason" in ng ? finding("proxy", "fail", ng.reason) : askFrom(from, ng, connect);
}

async function askFrom(
  from: string,
  ng: Parameters<typeof judgeProxy>[1],
  connect: Connect,
): Promise<Finding> {
  const proxy = await connect(from);
  try {
    return await judgeProxy(proxy, ng);
  } finally {
    await proxy.close();
  }
}

/** The last `listen-ng` of a configuration file, which counts. */
async function listenNg(host: Host, configFile: string): Promise<string> {
  const { code, stdout, stderr } = await host.run(["cat", "--", configFile]);
  if (code !== 0) throw new HostError(`${host.name}: ${stderr.trim()}`);
  const entries = iniSection(parseIni(stdout), "rtpengine")?.entries ?? [];
  const value = entries.findLast(({ key }) => key === "listen-ng")?.value;
  if (value === undefined) throw new HostError(`${host.name}: ${configFile} has no listen-ng`);
  return value.split(";")[0]!.trim();
}
