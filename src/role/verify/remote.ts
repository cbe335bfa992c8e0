import { randomBytes } from "node:crypto";
import { type Endpoint, formatEndpoint } from "../../base/endpoint.ts";
import { type Host, HostError } from "../host/host.ts";
import { type Finding, finding } from "./finding.ts";
import { judgeService } from "./judge.ts";

/** Where the packages put the program. */
export const INSTALLED = "/usr/bin/rtpengine-role";

/**
 * Sends an NG message (`$3`) to address `$1`, port `$2`, and prints what comes back within 5 s: with what Debian
 * always has, or with `nc` where there is no bash.
 */
const PING_SCRIPT: string = [
  // Reasons are shown to people, among other English.
  "export LC_ALL=C",
  "if command -v bash >/dev/null; then",
  `  exec bash -c 'exec 3<>"/dev/udp/$0/$1" && printf %s "$2" >&3 && timeout 5 dd bs=4096 count=1 status=none <&3' "$1" "$2" "$3"`,
  "fi",
  'printf %s "$3" | nc -u -w1 "$1" "$2"',
].join("\n");

/**
 * Pings address `$1`, port `$2`, until a pong comes or it is plain that none will: unit `$3` does not run and is not
 * being started; or it has started, which it says itself, and the port is refused. A slow host is silent: that is waited
 * for, `$4` seconds at most. Prints the unit's state, then what came.
 */
export const AWAIT_SCRIPT: string = `
end=$(($(date +%s) + $4))
refusals=0
while :; do
  # Another cookie each time: a repeated one gets the stored reply.
  answer=$(
    set -- "$1" "$2" "role-$$-$(date +%N) d7:command4:pinge"
    exec 2>&1
    ${PING_SCRIPT.replaceAll("\n", "\n    ")}
  )
  state=$(systemctl is-active "$3" 2>/dev/null)
  status=0
  case $answer in *4:pong*) break ;; esac
  status=1
  case $state in failed | inactive) break ;; esac
  # Twice: in between it may have died and be started again.
  case $state:$answer in
    activating:* | *:) refusals=0 ;;
    *) refusals=$((refusals + 1)) ;;
  esac
  test $refusals -lt 2 && test "$(date +%s)" -lt $end || break
  sleep 0.5
done
printf '%s\\n' "$state" "$answer"
exit $status
`.trim();

/** Sends one ping from a host. @returns undefined when it is answered, else why it is not */
export async function pingFrom(host: Host, { address, port }: Endpoint): Promise<string | undefined> {
  // Another cookie each time: a repeated one gets the stored reply.
  const cookie = randomBytes(6).toString("hex");
  const argv = ["sh", "-c", PING_SCRIPT, "sh", address, String(port), `${cookie} d7:command4:pinge`];
  const { stdout, stderr } = await host.run(argv, { timeoutMs: 15_000 });
  if (stdout.startsWith(`${cookie} `) && stdout.includes("4:pong")) return undefined;
  if (stdout !== "") return `answered with ${JSON.stringify(stdout.slice(0, 80))}`;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  return said === "" ? "no answer within 5 s" : `no answer (${said.slice(0, 120)})`;
}

/** Whether the NG port answers a proxy's host. */
export async function judgeProxy(proxy: Host, ng: Endpoint): Promise<Finding> {
  const place = formatEndpoint(ng);
  const reason = await pingFrom(proxy, ng);
  if (reason === undefined) return finding("proxy", "ok", `${proxy.name} gets a pong from ${place}`);
  const fix = `nft list ruleset; ip route get ${ng.address}  # on both hosts`;
  return finding("proxy", "fail", `${proxy.name} asks ${place}: ${reason}`, fix);
}

/** What can be told of a host without a tool of ours on it: the service runs, the NG port answers. */
export async function verifyBare(
  host: Host,
  { unit, ng, patienceSeconds }: { unit: string; ng: Endpoint; patienceSeconds: number },
): Promise<Finding[]> {
  const words = [ng.address, String(ng.port), unit, String(patienceSeconds)];
  const { code, stdout } = await host.run(["sh", "-c", AWAIT_SCRIPT, "sh", ...words]);
  const [state = "", ...answer] = stdout.split("\n");
  const place = formatEndpoint(ng);
  const finds =
    code === 0
      ? finding("ng", "ok", `${place}: pong`)
      : finding("ng", "fail", `${place}: ${whyNot(answer.join("\n"))}`);
  return [judgeService(unit, state), finds];
}

/** Why an answer is no pong; what begins with our cookie came from the port. */
function whyNot(answer: string): string {
  const said = answer.trim().split("\n").at(-1) ?? "";
  if (said === "") return "no answer";
  return said.startsWith("role-")
    ? `answered with ${JSON.stringify(said.slice(0, 80))}`
    : `no answer (${said.slice(0, 120)})`;
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
