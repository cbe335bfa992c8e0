import { type Endpoint, parseAddress } from "../../base/endpoint.ts";
import { parseHostPort } from "../../config/listen-address.ts";
import { type Context, isTrue } from "../expression.ts";
import { type Host, HostError } from "../host/host.ts";
import { TRANSCODES, UPSTREAM } from "../recipe/conditions.ts";
import { judgeCodecs } from "./codecs.ts";
import { type Finding, failures } from "./finding.ts";
import { verifyBare, verifyThere } from "./remote.ts";
import { reachable } from "./target.ts";

/** A slow host gets this long until its daemon, which runs, gives a first answer. */
export const PATIENCE_SECONDS = 60;

/**
 * Proves, after changes, that a host does what its variables say: first with what every host has, then with the
 * program that is installed there, if one is.
 *
 * @param onFinding gets every finding, as it comes
 * @throws HostError when something is not as it should be
 */
export async function verifyApplied(
  host: Host,
  context: Context,
  onFinding: (finding: Finding) => void,
): Promise<void> {
  const isWanted = ["rtpengine_verify | bool", "rtpengine_enabled | bool"];
  if (!isWanted.every((condition) => isTrue(condition, context))) return;
  const report = (findings: readonly Finding[]): void => {
    for (const one of findings) onFinding(one);
    const failed = failures(findings);
    if (failed.length === 0) return;
    const lines = failed.map(({ title, evidence, fix }) => `${title}? ${evidence}${fix ? `\n→ ${fix}` : ""}`);
    throw new HostError(lines.join("\n"));
  };
  const ng = ngEndpoint(String(context.rtpengine_listen_ng));
  const unit = String(context.__rtpengine_unit);
  report(await verifyBare(host, { unit, ng, patienceSeconds: PATIENCE_SECONDS }));
  const words = ["--config", `${String(context.rtpengine_config_dir)}/rtpengine.conf`];
  report((await verifyThere(host, words)) ?? []);
  const binary = transcodingBinary(context);
  if (binary !== undefined) report([await judgeCodecs(host, binary)]);
}

/** The daemon that is to transcode, where its own word is to be had for it. @param context with derived values */
export function transcodingBinary(context: Context): string | undefined {
  const isWanted = [UPSTREAM, TRANSCODES].every((condition) => isTrue(condition, context));
  return isWanted ? String(context.__rtpengine_binary) : undefined;
}

/** Where a `listen-ng` is reached from the host itself; a name stays one. @throws HostError */
export function ngEndpoint(text: string): Endpoint {
  const place = parseHostPort(text, true);
  if ("reason" in place) throw new HostError(`listen-ng: ${place.reason}`);
  const { host, port } = place;
  const literal = parseAddress(host === "" ? "0.0.0.0" : host);
  return literal === undefined ? { family: 4, address: host, port } : reachable({ ...literal, port });
}
