import { randomBytes } from "node:crypto";
import { type Endpoint, formatEndpoint } from "../../base/endpoint.ts";
import { type Host, HostError } from "../host/host.ts";
import { type Finding, finding } from "./finding.ts";
import { judgeService } from "./judge.ts";

/** Where the packages put the program. */
export const INSTALLED = "/usr/bin/rtpengine-role";

/**
 * Sends an NG message (`$3`) to address `$1`, port `$2`, and prints what comes back within 2 s: with what Debian
 * always has, or with `nc` where there is no bash.
 */
export const PING_SCRIPT: string = [
  "if command -v bash >/dev/null; then",
  `  exec bash -c 'exec 3<>"/dev/udp/$0/$1" && printf %s "$2" >&3 && timeout 2 dd bs=4096 count=1 status=none <&3' "$1" "$2" "$3"`,
  "fi",
  'printf %s "$3" | nc -u -w1 "$1" "$2"',
].join("\n");

/** Sends one ping from a host. @returns undefined when it is answered, else why it is not */
export async function pingFrom(host: Host, { address, port }: Endpoint): Promise<string | undefined> {
  // Another cookie each time: a repeated one gets the stored reply.
  const cookie = randomBytes(6).toString("hex");
  const argv = ["sh", "-c", PING_SCRIPT, "sh", address, String(port), `${cookie} d7:command4:pinge`];
  const { stdout, stderr } = await host.run(argv, { timeoutMs: 15_000 });
  if (stdout.startsWith(`${cookie} `) && stdout.includes("4:pong")) return undefined;
  if (stdout !== "") return `answered with ${JSON.stringify(stdout.slice(0, 80))}`;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return said === "" ? "no answer within 2 s" : `no answer (${said.slice(0, 120)})`;
}

/** Whether the NG port answers a proxy's host. */
export async function judgeProxy(proxy: Host, ng: Endpoint): Promise<Finding> {
  const place = formatEndpoint(ng);
  const reason = await pingFrom(proxy, ng);
  if (reason === undefined) return finding("proxy", "ok", `${proxy.name} gets a pong from ${place}`);
  const fix = `nft list ruleset; ip route get ${ng.address}  # on both hosts`;
  return finding("proxy", "fail", `${proxy.name} asks ${place}: ${reason}`, fix);
}

/** What can be told of a host without a tool of ours on it: the service runs, the NG port answers in some seconds. */
export async function verifyBare(
  host: Host,
  { unit, ng, patienceMs }: { unit: string; ng: Endpoint; patienceMs: number },
): Promise<Finding[]> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const reason = await pingFrom(host, ng);
    const { stdout } = await host.run(["systemctl", "is-active", unit]);
    const state = stdout.trim();
    if (reason === undefined || performance.now() >= deadline) {
      const place = formatEndpoint(ng);
      const answer =
        reason === undefined
          ? finding("ng", "ok", `${place}: pong`)
          : finding("ng", "fail", `${place}: ${reason}`);
      return [judgeService(unit, state), answer];
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Verifies with the program that is installed on a host. @returns undefined when there is none that can */
export async function verifyThere(
  host: Host,
  words: readonly string[],
): Promise<readonly Finding[] | undefined> {
  if ((await host.run(["test", "-x", INSTALLED])).code !== 0) return undefined;
  const { code, stdout, stderr } = await host.run([INSTALLED, "verify", "--json", ...words]);
  // An older one, which does not know the word.
  if (code === 2) return undefined;
  try {
    const [result] = JSON.parse(stdout) as [{ findings: readonly Finding[] }];
    return result.findings;
  } catch {
    throw new HostError(`${host.name}: ${INSTALLED} verify says: ${(stderr || stdout).trim().slice(-300)}`);
  }
}
