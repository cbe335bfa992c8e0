import type { Facts } from "../facts.ts";
import { type Host, HostError, runOrFail } from "./host.ts";

const SCRIPT = `
. /etc/os-release
echo "id=$ID"
echo "like=$ID_LIKE"
echo "codename=$VERSION_CODENAME"
echo "version=$VERSION_ID"
echo "machine=$(uname -m)"
echo "kernel=$(uname -r)"
echo "init=$(test -d /run/systemd/system && echo systemd || cat /proc/1/comm)"
ip -o addr show 2>/dev/null | awk '{ split($4, a, "/"); print $3 "=" a[1] }'
`;

/** What Ansible calls them. */
const NAMES: Readonly<Record<string, string>> = { debian: "Debian", ubuntu: "Ubuntu" };

/** Asks a host what it is. @throws HostError when it does not say */
export async function gatherFacts(host: Host): Promise<Facts> {
  const stdout = await runOrFail(host, ["sh", "-c", SCRIPT]);
  const values = new Map<string, string>();
  const addresses: Record<string, string[]> = { inet: [], inet6: [] };
  for (const line of stdout.split("\n")) {
    const at = line.indexOf("=");
    if (at < 0) continue;
    const [key, value] = [line.slice(0, at), line.slice(at + 1)];
    if (Object.hasOwn(addresses, key)) addresses[key]!.push(value);
    else values.set(key, value);
  }
  const id = values.get("id") ?? "";
  if (id === "") throw new HostError(`${host.name}: /etc/os-release does not say what system this is`);
  const isDebianLike = id === "debian" || (values.get("like") ?? "").split(" ").includes("debian");
  return {
    distribution: NAMES[id] ?? id,
    distribution_release: values.get("codename") ?? "",
    distribution_major_version: (values.get("version") ?? "").split(".")[0]!,
    os_family: isDebianLike ? "Debian" : id,
    architecture: values.get("machine") ?? "",
    kernel: values.get("kernel") ?? "",
    service_mgr: values.get("init") ?? "",
    all_ipv4_addresses: addresses.inet!.filter((address) => !address.startsWith("127.")),
    all_ipv6_addresses: addresses.inet6!.filter((address) => address !== "::1"),
  };
}
