import type { Config } from "./config.ts";
import { type Diagnostic, diagnose, type Origin } from "./diagnostic.ts";

/** What nobody gave and the daemon cannot run without; the start and `--config-test` both ask here. */
export function missingRequirements(config: Config): readonly Diagnostic[] {
  const origin: Origin = { source: config.configFile ?? "command-line" };
  const missing: Diagnostic[] = [];
  if (config.interfaces.length === 0) {
    const reason = "missing: no address for media; name one with --interface=[NAME/]ADDRESS[!ADVERTISED]";
    missing.push(diagnose("error", origin, "interface", reason));
  }
  if (config.listenNg.length === 0 && config.listenTcpNg.length === 0) {
    const reason =
      "missing: no control port, so nobody could set up a call; give --listen-ng=[HOST:]PORT (UDP) or --listen-tcp-ng=[HOST:]PORT";
    missing.push(diagnose("error", origin, "listen-ng", reason + hint(config)));
  }
  return missing;
}

/** What was given and is no control port here. */
function hint({ given }: Config): string {
  const idle = ["listen-udp", "listen-tcp", "listen-http", "listen-https"].filter((key) => given.has(key));
  if (idle.length === 0) return "";
  return `; ${idle.join(" and ")} ${idle.length === 1 ? "takes" : "take"} no NG requests in this version`;
}
