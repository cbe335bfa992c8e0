import type { Host } from "../host/host.ts";
import { type Finding, finding } from "./finding.ts";

/**
 * Prints the codecs that upstream's daemon (`$1`) encodes and decodes, in one line; none where it was built without
 * transcoding. Events and comfort noise are made without it. Status 127: there is no daemon.
 */
export const CODECS_SCRIPT: string = [
  'test -x "$1" || exit 127',
  `"$1" --codecs 2>/dev/null | sed -n 's/^ *\\([^ :]*\\): fully supported$/\\1/p' | grep -vx -e telephone-event -e CN | tr '\\n' ' '`,
].join("\n");

/** Whether upstream's daemon on a host transcodes, by its own word. @param binary its path */
export async function judgeCodecs(host: Host, binary: string): Promise<Finding> {
  const { code, stdout } = await host.run(["sh", "-c", CODECS_SCRIPT, "sh", binary]);
  if (code === 127) return finding("codecs", "fail", `${binary} is not there`, "rtpengine-role apply");
  const names = stdout.trim().split(/\s+/).filter(Boolean);
  if (names.length > 0) return finding("codecs", "ok", `${binary}: ${names.join(", ")}`);
  return finding("codecs", "fail", `${binary} --codecs names none: it was built without transcoding`);
}
