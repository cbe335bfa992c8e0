import type { Config } from "../config/config.ts";
import { type Diagnostic, diagnose, type Severity } from "../config/diagnostic.ts";
import type { ListenAddress } from "../config/listen-address.ts";
import { conflictingClaim } from "../platform/port-claims.ts";
import { about, HOST, isAny, PORTS_PER_CALL, type Rule, shown } from "./config-rules.ts";
import type { HostFacts, Transport } from "./facts.ts";

interface ListenerOption {
  readonly key: string;
  readonly transport: Transport;
  readonly addresses: readonly ListenAddress[];
}

function listenerOptions(config: Config): readonly ListenerOption[] {
  return [
    { key: "listen-ng", transport: "udp", addresses: config.listenNg },
    { key: "listen-tcp-ng", transport: "tcp", addresses: config.listenTcpNg },
    { key: "listen-cli", transport: "tcp", addresses: config.listenCli },
    { key: "listen-http", transport: "tcp", addresses: config.listenHttp },
  ];
}

/** Control ports: present, free, not twice, not open to everybody. */
export const checkListeners: Rule = (config, facts) => {
  const found: Diagnostic[] = [];
  const options = listenerOptions(config);
  const seen: { readonly key: string; readonly transport: Transport; readonly address: ListenAddress }[] = [];
  for (const { key, transport, addresses } of options) {
    for (const address of addresses) {
      const other = seen.find((one) => one.transport === transport && clashes(one.address, address));
      seen.push({ key, transport, address });
      if (other === undefined) found.push(...checkBind(config, facts, key, transport, address));
      else {
        const reason = `${transport} ${shown(address)} is taken twice: ${other.key} has ${shown(other.address)}`;
        found.push(about(config, "error", key, reason));
      }
    }
  }
  return [...found, ...checkExposure(config)];
};

/** Whether both cannot be bound at once: one port, and one address or a wildcard. */
function clashes(a: ListenAddress, b: ListenAddress): boolean {
  if (a.port !== b.port || a.family !== b.family) return false;
  return a.address === b.address || isAny(a.address) || isAny(b.address);
}

function checkBind(
  config: Config,
  facts: HostFacts,
  key: string,
  transport: Transport,
  address: ListenAddress,
): readonly Diagnostic[] {
  const place = `${transport} ${shown(address)}`;
  switch (facts.canBind(transport, address)) {
    case "ok":
      return [];
    case "in-use-by-rtpengine":
      return [
        about(
          config,
          "notice",
          key,
          `${place} is in use by a media proxy that answers: the running daemon, it seems; stop it before this one starts, or choose another port`,
        ),
      ];
    case "in-use":
      return [
        about(
          config,
          "error",
          key,
          `${place} is in use by another program: ss -lnp${transport === "udp" ? "u" : "t"} 'sport = :${address.port}' names it`,
        ),
      ];
    case "not-permitted":
      return [
        about(
          config,
          "error",
          key,
          `${place} may not be bound by this user: ports below 1024 need root or CAP_NET_BIND_SERVICE; choose one from 1024 on`,
        ),
      ];
    case "no-such-address":
      return address.isOptional
        ? []
        : [about(config, "error", key, `this host has no address ${address.address}`)];
  }
}

function checkExposure(config: Config): readonly Diagnostic[] {
  const dangers: readonly (readonly [string, readonly ListenAddress[], Severity, string])[] = [
    [
      "listen-ng",
      config.listenNg,
      "warning",
      "whoever reaches it controls every call: let only the SIP proxies through the firewall",
    ],
    [
      "listen-tcp-ng",
      config.listenTcpNg,
      "warning",
      "whoever reaches it controls every call: let only the SIP proxies through the firewall",
    ],
    ["listen-cli", config.listenCli, "warning", "whoever reaches it can end every call: use 127.0.0.1"],
    ["listen-http", config.listenHttp, "notice", "/metrics can be read by whoever reaches it"],
  ];
  return dangers.flatMap(([key, addresses, severity, danger]) => {
    const open = addresses.find((one) => !isLocal(one.address));
    if (open === undefined) return [];
    const scope = isAny(open.address) ? `port ${open.port} of every address` : shown(open);
    return [about(config, severity, key, `listens on ${scope}: ${danger}`)];
  });
}

function isLocal(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** How media will be carried on this host. */
export interface CarriageForecast {
  readonly backend: "steered" | "sockets";
  /** Why not steered, in words; empty when nothing is missing. */
  readonly missing: readonly string[];
}

/** What `auto` will choose with these facts, and what stands in the way of more. */
export function forecastCarriage(facts: HostFacts): CarriageForecast {
  const missing: string[] = [];
  const lacking = capabilitiesLacking(facts, ["CAP_NET_ADMIN", "CAP_NET_RAW"]);
  if (lacking.length > 0) missing.push(`the process lacks ${lacking.join(", ")}`);
  // The first with socket lookup programs, which is the newest thing that steering uses.
  if (!isAtLeast(facts.kernelVersion, 5, 9)) missing.push(`kernel ${facts.kernelVersion} is older than 5.9`);
  if (!facts.bpfObjectPresent) missing.push("the eBPF programs are not compiled");
  return { backend: missing.length === 0 ? "steered" : "sockets", missing };
}

/** What stands in the way of forwarding in the kernel, in words; empty: nothing. */
function fastpathMissing(facts: HostFacts): readonly string[] {
  const missing: string[] = [];
  const lacking = capabilitiesLacking(facts, ["CAP_NET_ADMIN"]);
  if (lacking.length > 0) missing.push(`the process lacks ${lacking.join(", ")}`);
  if (!isAtLeast(facts.kernelVersion, 5, 15))
    missing.push(`kernel ${facts.kernelVersion} is older than 5.15`);
  if (!facts.bpfObjectPresent) missing.push("the eBPF programs are not compiled");
  return missing;
}

/** Those of some capabilities, and CAP_BPF, that the process does not have. */
function capabilitiesLacking({ capabilities }: HostFacts, wanted: readonly string[]): string[] {
  const lacking = wanted.filter((name) => !capabilities.has(name));
  return capabilities.has("CAP_BPF") || capabilities.has("CAP_SYS_ADMIN") ? lacking : [...lacking, "CAP_BPF"];
}

/** Whether the kernel will forward by itself. */
export const checkFastpath: Rule = (config, facts) => {
  if (config.fastpath === "off") return [];
  const missing = fastpathMissing(facts).join("; ");
  if (missing === "")
    return [diagnose("notice", HOST, "fastpath", "the kernel forwards plain RTP by itself")];
  const reason = `the kernel forwards nothing by itself: ${missing}`;
  if (config.fastpath === "required") return [about(config, "error", "fastpath", reason)];
  return [diagnose("notice", HOST, "fastpath", reason)];
};

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split(/[.-]/).map(Number);
  return first > major || (first === major && second >= minor);
}

/** Backend, priorities and open files. */
export const checkPrivileges: Rule = (config, facts) => {
  const found: Diagnostic[] = [];
  const forecast = forecastCarriage(facts);
  const why = forecast.missing.join("; ");
  if (config.backend === "steered" && forecast.backend !== "steered") {
    found.push(about(config, "error", "backend", `steered is not possible: ${why}`));
  } else if (config.backend !== "sockets") {
    const how =
      forecast.backend === "steered"
        ? "packets are steered to one socket a worker"
        : `one socket a port, not steered: ${why}`;
    found.push(diagnose("notice", HOST, "backend", how));
  }
  const isRealTime = config.scheduling === "fifo" || config.scheduling === "rr";
  if (!facts.capabilities.has("CAP_SYS_NICE")) {
    const reason = "without CAP_SYS_NICE workers get no real-time priority";
    if (isRealTime) found.push(about(config, "warning", "scheduling", reason));
    else found.push(diagnose("notice", HOST, "scheduling", `${reason}: delays grow when the host is busy`));
  }
  if (isRealTime && (config.priority < 1 || config.priority > 99)) {
    found.push(
      about(
        config,
        "warning",
        "priority",
        `${config.priority} is no real-time priority: it needs to be 1 to 99`,
      ),
    );
  }
  return [...found, ...checkOpenFiles(config, facts, forecast)];
};

/** Other engines of ours that relay on this host: where packets are steered, no bind shows whose port it is. */
export const checkOtherEngines: Rule = (config, facts) => {
  const isSteered = config.backend !== "sockets" && forecastCarriage(facts).backend === "steered";
  const found: Diagnostic[] = [];
  for (const [index, { bind, portMin, portMax }] of config.interfaces.entries()) {
    const own = { address: bind.address, portMin, portMax, isSteered };
    const other = conflictingClaim(own, facts.portClaims, 0);
    if (other === undefined || found.length > 0) continue;
    const { key, ...origin } = config.interfaceOrigins[index]!;
    const range = `${other.portMin}-${other.portMax} of ${other.address}`;
    const reason = `another engine (process ${other.pid}) has ports ${range} for media, which overlap ${portMin}-${portMax}`;
    found.push(
      facts.hasTwin
        ? diagnose("notice", origin, key, `${reason}; stop it before this one starts`)
        : diagnose("error", origin, key, `${reason}; choose another range with port-min and port-max`),
    );
  }
  return found;
};

function checkOpenFiles(config: Config, facts: HostFacts, forecast: CarriageForecast): readonly Diagnostic[] {
  if (config.backend !== "sockets" && forecast.backend === "steered") return [];
  const ports = config.interfaces.reduce((sum, one) => sum + one.portMax - one.portMin + 1, 0);
  const wanted = Math.min(ports, config.maxSessions > 0 ? config.maxSessions * PORTS_PER_CALL : ports) + 200;
  if (facts.fileDescriptorLimit >= wanted) return [];
  const calls = Math.max(0, Math.floor((facts.fileDescriptorLimit - 200) / PORTS_PER_CALL));
  const reason = `${facts.fileDescriptorLimit} open files are enough for about ${calls} calls with one socket a port; raise LimitNOFILE to ${wanted}`;
  return [diagnose("warning", HOST, "LimitNOFILE", reason)];
}
