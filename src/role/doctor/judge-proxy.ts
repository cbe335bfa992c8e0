import { type Host, HostError } from "../host/host.ts";
import { ngFromOutside } from "../verify/outside.ts";
import { pingFrom } from "../verify/remote.ts";
import { type Diagnosis, fail, ok, warn } from "./diagnosis.ts";
import { filterOf } from "./judge-network.ts";
import type { Patient } from "./patient.ts";
import type { Symptoms } from "./symptoms.ts";

/** A proxy's host that is to be asked. */
export interface ProxyAccess {
  /** As `ssh` knows it. */
  readonly destination: string;
  /** @throws HostError */
  readonly connect: () => Promise<Host>;
}

/** What came of asking the NG port from a proxy's host. */
export interface ProxyAnswer {
  readonly destination: string;
  /** `ADDRESS:PORT` that was asked; empty: there is none that a proxy could ask. */
  readonly place: string;
  /** The address that the proxy's host asks from; empty: it has no route. */
  readonly source: string;
  /** Why nothing was heard; absent: a pong was. */
  readonly reason?: string;
  /** The proxy's host could not be asked at all. */
  readonly isUnknown?: true;
}

/** Asks the NG port of a host from a proxy's. */
export async function askFromProxy(
  host: Host,
  listenNg: string,
  { destination, connect }: ProxyAccess,
): Promise<ProxyAnswer> {
  const ng = await ngFromOutside(host, listenNg);
  if ("reason" in ng) return { destination, place: "", source: "", reason: ng.reason };
  const place = ng.family === 6 ? `[${ng.address}]:${ng.port}` : `${ng.address}:${ng.port}`;
  let proxy: Host | undefined;
  try {
    proxy = await connect();
    const { stdout } = await proxy.run(["ip", "route", "get", ng.address]);
    const source = / src (\S+)/.exec(stdout)?.[1] ?? "";
    const reason = await pingFrom(proxy, ng);
    return { destination, place, source, ...(reason !== undefined && { reason }) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { destination, place, source: "", reason: error.message, isUnknown: true };
  } finally {
    await proxy?.close();
  }
}

/** One line a proxy: whether it is heard, and if not, what most likely stands between. */
export function judgeProxyAnswer(symptoms: Symptoms, patient: Patient, answer: ProxyAnswer): Diagnosis {
  const { destination, place, source, reason, isUnknown } = answer;
  const title = `proxy ${destination}`;
  const asks = `${destination}${source === "" ? "" : ` (${source})`} asks ${place}`;
  if (isUnknown) return warn(title, `cannot be asked: ${reason?.split("\n")[0]}`, `ssh ${destination} true`);
  if (place === "")
    return fail(title, reason ?? "", "rtpengine-role apply -e rtpengine_listen_ng=ADDRESS:PORT");
  if (reason === undefined) return ok(title, `${asks}: pong`);
  if (source === "")
    return fail(title, `${asks}: it has no route there`, `ssh ${destination} ip route get ${place}`);
  return fail(title, `${asks}: ${reason}`, remedy(symptoms, patient, source));
}

function remedy(symptoms: Symptoms, { ng }: Patient, source: string): string {
  const port = ng?.port ?? 2223;
  const family = source.includes(":") ? "ipv6" : "ipv4";
  switch (filterOf(symptoms)) {
    case "ufw":
      return `ufw allow proto udp from ${source} to any port ${port}`;
    case "firewalld":
      return `firewall-cmd --permanent --add-rich-rule='rule family=${family} source address=${source} port port=${port} protocol=udp accept' && firewall-cmd --reload`;
    case "nftables":
      return `rtpengine-role apply -e rtpengine_firewall=nftables -e 'rtpengine_firewall_ng_sources=[${source}]'`;
    case undefined:
      return `ip route get ${source}  # here; there: nft list ruleset`;
  }
}
