import { type Diagnosis, fail, ok, skip, warn } from "./diagnosis.ts";
import type { Patient } from "./patient.ts";
import type { Symptoms } from "./symptoms.ts";

/** Addresses, ports, firewall, buffers: what stands between the daemon and the phones. */
export function judgeNetwork(symptoms: Symptoms, patient: Patient): Diagnosis[] {
  return [
    addresses(symptoms, patient),
    reachability(symptoms, patient),
    egress(symptoms, patient),
    foreignPorts(symptoms, patient),
    ephemeral(symptoms, patient),
    firewall(symptoms, patient),
    buffers(symptoms),
    losses(symptoms),
    conntrack(symptoms),
    queues(symptoms),
  ];
}

const range = ({ portMin, portMax }: Patient): string => `${portMin}-${portMax}`;

function addresses(symptoms: Symptoms, { interfaces }: Patient): Diagnosis {
  const title = "media addresses";
  const own = symptoms.addresses.split("\n").map((line) => line.split(/[ /]/)[1] ?? "");
  if (interfaces.length === 0)
    return fail(title, "interface is missing in the configuration", "rtpengine --config-test");
  const literal = interfaces.filter(({ address }) => /^[0-9a-fA-F.:]+$/.test(address));
  const missing = literal.filter(({ address }) => !own.includes(address));
  if (missing.length > 0) {
    const list = missing.map(({ name, address }) => `${name}/${address}`).join(", ");
    return fail(
      title,
      `not on this host: ${list}`,
      "ip -br address; correct `interface`, or write LOCAL!ADVERTISED",
    );
  }
  return ok(
    title,
    interfaces
      .map(
        ({ name, address, advertised }) =>
          `${name}/${address}${advertised === address ? "" : `!${advertised}`}`,
      )
      .join(", "),
  );
}

const PRIVATE =
  /^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|169\.254\.|f[cd]|fe80)/i;

function reachability({ egress }: Symptoms, { interfaces }: Patient): Diagnosis {
  const title = "advertised address";
  const advertised = interfaces.map((entry) => entry.advertised);
  if (
    advertised.some(
      (address) => address.includes(".") && !PRIVATE.test(address) && !address.startsWith("127."),
    )
  ) {
    return ok(title, `phones outside are told ${advertised.join(", ")}`);
  }
  const source = / src ([0-9.]+)/.exec(egress)?.[1];
  const via = source === undefined ? "" : `; packets to the Internet leave from ${source}`;
  return warn(
    title,
    `only private addresses are advertised (${advertised.join(", ")})${via}: phones beyond this network cannot send to them`,
    "rtpengine-role apply -e rtpengine_interface_external=PUBLIC-ADDRESS",
  );
}

/**
 * Packets of a media address leave by the route of their destination, not by the card that has the address: a card
 * towards the Internet that is not the default route's sends nothing there, unless a rule says so.
 */
function egress({ addresses: own, egress: route, policy }: Symptoms, { interfaces }: Patient): Diagnosis {
  const title = "way out";
  const [, card = "", source = ""] = /\bdev (\S+).* src (\S+)/.exec(route) ?? [];
  if (card === "") return skip(title, "there is no route to the Internet");
  const cardOf = (address: string): string | undefined =>
    own
      .split("\n")
      .find((line) => line.split(/[ /]/)[1] === address)
      ?.split(" ")[0];
  const astray = interfaces.find(({ address, advertised }) => {
    const isPublic = advertised.includes(".") && !PRIVATE.test(advertised) && !advertised.startsWith("127.");
    const own = cardOf(address);
    return isPublic && own !== undefined && own !== card && !policy.includes(`from ${address} `);
  });
  if (astray === undefined) return ok(title, `packets to the Internet leave through ${card} from ${source}`);
  const { name, address, advertised } = astray;
  const there = cardOf(address);
  return warn(
    title,
    `${name} advertises ${advertised} on ${there}, but packets to the Internet leave through ${card} (${source})`,
    `ip rule add from ${address} lookup 100; ip route add default via GATEWAY dev ${there} table 100`,
  );
}

function foreignPorts({ sockets }: Symptoms, patient: Patient): Diagnosis {
  const title = "media ports";
  const foreign = sockets
    .split("\n")
    .filter((line) => line.startsWith("UNCONN") && !/rtpengine|"node"|MainThread/.test(line))
    .filter((line) => {
      const port = Number(/:([0-9]+)\s/.exec(line)?.[1]);
      return port >= patient.portMin && port <= patient.portMax;
    });
  if (foreign.length === 0) return ok(title, `nobody else has ports of ${range(patient)}`);
  return warn(
    title,
    `another program has one: ${foreign[0]!.split(/\s+/).slice(3).join(" ")}`,
    `ss -nlup 'sport >= ${patient.portMin} and sport <= ${patient.portMax}'`,
  );
}

function ephemeral(symptoms: Symptoms, patient: Patient): Diagnosis {
  const title = "ephemeral ports";
  const [local = "", reserved = ""] = symptoms.ephemeral.split("\n");
  const [first = 0, last = 0] = local.split(/\s+/).map(Number);
  const isReserved = reserved.split(",").some((part) => {
    const [from = 0, to = from] = part.split("-").map(Number);
    return from <= Math.max(patient.portMin, first) && to >= Math.min(patient.portMax, last) && to > 0;
  });
  if (last < patient.portMin || first > patient.portMax || isReserved)
    return ok(title, "the kernel gives none of the media ports away");
  return warn(
    title,
    `the kernel gives ports of ${range(patient)} to other programs at random`,
    `sysctl -w net.ipv4.ip_local_reserved_ports=${reserved.trim() === "" ? "" : `${reserved.trim()},`}${range(patient)}`,
  );
}

/** What filters what comes in; undefined: nothing does. */
export function filterOf({ rules, ufw, firewalld }: Symptoms): "ufw" | "firewalld" | "nftables" | undefined {
  if (/^Status: active/m.test(ufw)) return "ufw";
  if (firewalld.startsWith("running")) return "firewalld";
  const input = /hook input[^\n]*policy drop/.test(rules) || /^:INPUT DROP/m.test(rules);
  const hasFinalDrop = /chain (input|INPUT)[\s\S]*?\b(drop|reject)\b/.test(rules);
  return input || hasFinalDrop ? "nftables" : undefined;
}

function firewall(symptoms: Symptoms, patient: Patient): Diagnosis {
  const { rules, ufw, firewalld } = symptoms;
  const title = "firewall";
  const advice = "rtpengine-role apply -e rtpengine_firewall=nftables|ufw|firewalld";
  const filter = filterOf(symptoms);
  if (filter === "ufw") {
    if (ufw.includes(`${patient.portMin}:${patient.portMax}/udp`) || /rtpengine/.test(ufw))
      return ok(title, "ufw lets media in");
    return fail(
      title,
      `ufw is active and has no rule for UDP ${range(patient)}`,
      `ufw allow ${patient.portMin}:${patient.portMax}/udp`,
    );
  }
  if (filter === "firewalld") {
    if (firewalld.includes(`${range(patient)}/udp`) || /services:.*rtpengine/.test(firewalld))
      return ok(title, "firewalld lets media in");
    return fail(
      title,
      `firewalld runs and opens no UDP ${range(patient)}`,
      `firewall-cmd --permanent --add-port=${range(patient)}/udp && firewall-cmd --reload`,
    );
  }
  if (filter === undefined) return ok(title, "nothing is dropped on the way in");
  if (rules.includes(`${range(patient)}`) || rules.includes(`${patient.portMin}:${patient.portMax}`))
    return ok(title, `what comes in is filtered; UDP ${range(patient)} is let in`);
  return fail(title, `what comes in is dropped, and no rule lets UDP ${range(patient)} in`, advice);
}

function buffers(symptoms: Symptoms): Diagnosis {
  const title = "socket buffers";
  const [rmem = 0, wmem = 0] = symptoms.buffers.split("\n").map(Number);
  if (rmem >= 4 << 20 && wmem >= 4 << 20) return ok(title, `up to ${Math.min(rmem, wmem) >> 20} MiB`);
  return warn(
    title,
    `rmem_max ${rmem}, wmem_max ${wmem}: bursts are lost`,
    "sysctl -w net.core.rmem_max=16777216 net.core.wmem_max=16777216",
  );
}

function losses({ udp }: Symptoms): Diagnosis {
  const title = "lost datagrams";
  const [names = "", values = ""] = udp.split("\n");
  const at = names.split(" ").indexOf("RcvbufErrors");
  const lost = Number(values.split(" ")[at]);
  if (at < 0 || Number.isNaN(lost)) return skip(title, "the kernel does not say");
  if (lost === 0) return ok(title, "no socket has overflowed since boot");
  return warn(
    title,
    `${lost} datagrams were lost since boot because a socket was full`,
    "sysctl -w net.core.rmem_max=16777216; rtpengine-ctl list totals; nstat -az UdpRcvbufErrors",
  );
}

function conntrack(symptoms: Symptoms): Diagnosis {
  const title = "connection tracking";
  const [count = Number.NaN, max = Number.NaN] = symptoms.conntrack.split("\n").map(Number);
  if (!(max > 0)) return ok(title, "not in use");
  const percent = Math.round((count / max) * 100);
  if (percent < 80) return ok(title, `${count} of ${max} entries`);
  return warn(
    title,
    `${count} of ${max} entries (${percent} %): new calls will lose packets`,
    `sysctl -w net.netfilter.nf_conntrack_max=${max * 4}; or keep media out of it with a notrack rule`,
  );
}

function queues(symptoms: Symptoms): Diagnosis {
  const title = "network queues";
  const cpus = Number(symptoms.processors);
  const cards = symptoms.queues.split("\n").filter((line) => /^\S+ [0-9]+$/.test(line));
  if (cards.length === 0) return skip(title, "no physical network card is seen");
  const narrow = cards.filter((line) => Number(line.split(" ")[1]) === 1);
  if (narrow.length === 0 || cpus === 1) return ok(title, cards.join(", "));
  const [name] = narrow[0]!.split(" ");
  return warn(
    title,
    `${name} has one queue for ${cpus} CPUs: one CPU takes all packets`,
    `ethtool -l ${name}; ethtool -L ${name} combined ${cpus}`,
  );
}
