import { formatEndpoint } from "../base/endpoint.ts";
import type { Config } from "../config/config.ts";
import { type Diagnostic, diagnose, type Origin, type Severity } from "../config/diagnostic.ts";
import type { MediaInterface } from "../config/media-interface.ts";
import type { HostFacts } from "./facts.ts";

/** A check: looks at configuration and host, says what it finds. */
export type Rule = (config: Config, facts: HostFacts) => readonly Diagnostic[];

/** Findings about the host itself. */
export const HOST: Origin = { source: "host" };

/** Ports that a call with audio needs: RTP and RTCP towards both parties. */
export const PORTS_PER_CALL = 4;

/** A finding at the place where the option was given. */
export function about(
  config: Config,
  severity: Severity,
  key: string,
  reason: string,
  meant?: string,
): Diagnostic {
  const given = config.given.get(key);
  const origin: Origin =
    given === undefined
      ? { source: "default" }
      : { source: given.source, ...(given.line === undefined ? {} : { line: given.line }) };
  return diagnose(severity, origin, key, reason, meant);
}

/** Timeouts that end calls which live, or keep calls which do not. */
export const checkTimeouts: Rule = (config) => {
  const found: Diagnostic[] = [];
  const add = (severity: Severity, key: string, reason: string): void =>
    void found.push(about(config, severity, key, reason));
  for (const [key, fallback] of [
    ["timeout", 60],
    ["silent-timeout", 3600],
    ["offer-timeout", 3600],
  ] as const) {
    const value = config.given.get(key)?.value;
    if (typeof value === "number" && value <= 0)
      add("warning", key, `${value} does not turn it off: it means ${fallback} s`);
  }
  const {
    timeoutSeconds,
    silentTimeoutSeconds,
    finalTimeoutSeconds,
    offerTimeoutSeconds,
    deleteDelaySeconds,
  } = config;
  if (silentTimeoutSeconds < timeoutSeconds) {
    add(
      "warning",
      "silent-timeout",
      `${silentTimeoutSeconds} s is below timeout, ${timeoutSeconds} s: calls on hold end before calls that lost their media`,
    );
  }
  if (timeoutSeconds < 10)
    add("warning", "timeout", `${timeoutSeconds} s ends calls of phones that send nothing during silence`);
  if (offerTimeoutSeconds < 60)
    add("warning", "offer-timeout", `${offerTimeoutSeconds} s ends calls that are still ringing`);
  if (finalTimeoutSeconds > 0 && finalTimeoutSeconds < timeoutSeconds) {
    add(
      "warning",
      "final-timeout",
      `${finalTimeoutSeconds} s ends every call, talking or not, before timeout can (${timeoutSeconds} s)`,
    );
  }
  if (deleteDelaySeconds < 5) {
    add(
      "notice",
      "delete-delay",
      `${deleteDelaySeconds} s: a repeated request after the end of a call finds it gone`,
    );
  }
  return found;
};

/** Limits that refuse everything, or promise more than the ports can carry. */
export const checkCapacity: Rule = (config) => {
  const found: Diagnostic[] = [];
  const capacity = callCapacity(config);
  if (config.maxSessions === 0)
    found.push(about(config, "warning", "max-sessions", "0 refuses every call; -1 means no limit"));
  if (config.interfaces.length === 0) return found;
  if (capacity < 1) {
    found.push(
      about(
        config,
        "warning",
        rangeKey(config),
        `the port range has no room for a call without rtcp-mux: it needs ${PORTS_PER_CALL} ports`,
      ),
    );
  } else if (config.maxSessions > capacity) {
    const reason = `${config.maxSessions} calls need ${config.maxSessions * PORTS_PER_CALL} ports (${PORTS_PER_CALL} each); the range has room for ${capacity} calls`;
    found.push(about(config, "warning", "max-sessions", reason));
  }
  return found;
};

function rangeKey(config: Config): string {
  return config.given.has("port-max") || !config.given.has("port-min") ? "port-max" : "port-min";
}

/** Audio calls that fit into the ranges of the interface that is used by default. */
export function callCapacity(config: Config): number {
  const first = config.interfaces[0];
  if (first === undefined) return 0;
  const base = first.roundRobinBase;
  const group = config.interfaces.filter(
    (one) =>
      one.bind.family === first.bind.family &&
      (base === undefined ? one.name === first.name : one.roundRobinBase === base),
  );
  const used = base === undefined ? group.slice(0, 1) : group;
  return used.reduce((sum, one) => sum + Math.floor(usablePorts(one) / PORTS_PER_CALL), 0);
}

function usablePorts(one: MediaInterface): number {
  const excluded = (one.excludedPorts ?? []).filter((port) => port >= one.portMin && port <= one.portMax);
  return one.portMax - one.portMin + 1 - new Set(excluded).size;
}

/** Port ranges that clash with the kernel's own choice, with listeners, or with privilege. */
export const checkPortRange: Rule = (config, facts) => {
  const found: Diagnostic[] = [];
  const ranges = config.interfaces.length > 0 ? config.interfaces : [config];
  const portMin = Math.min(...ranges.map((one) => one.portMin));
  const portMax = Math.max(...ranges.map((one) => one.portMax));
  if (config.portMin % 2 === 1) {
    found.push(
      about(
        config,
        "notice",
        "port-min",
        `${config.portMin} is odd: RTP takes even ports, so the first one stays unused`,
      ),
    );
  }
  if (portMin < 1024 && !facts.capabilities.has("CAP_NET_BIND_SERVICE")) {
    found.push(
      about(
        config,
        "warning",
        "port-min",
        `${portMin} is below 1024: binding such ports needs CAP_NET_BIND_SERVICE`,
      ),
    );
  }
  const local = facts.localPortRange;
  if (local !== undefined && portMin <= local.last && portMax >= local.first) {
    const from = Math.max(portMin, local.first);
    const to = Math.min(portMax, local.last);
    const isReserved = isCovered({ first: from, last: to }, facts.reservedPorts);
    if (!isReserved) {
      const reason = `other programs are given ports ${from} to ${to} of the media range at random; keep them out: sysctl -w net.ipv4.ip_local_reserved_ports=${portMin}-${portMax}`;
      found.push(about(config, "warning", rangeKey(config), reason));
    }
  }
  for (const listener of config.listenNg) {
    const isInside = config.interfaces.some(
      (one) =>
        listener.port >= one.portMin &&
        listener.port <= one.portMax &&
        (listener.address === one.bind.address ||
          (isAny(listener.address) && listener.family === one.bind.family)),
    );
    if (isInside) {
      found.push(
        about(
          config,
          "warning",
          "listen-ng",
          `port ${listener.port} lies in the media range: choose one outside`,
        ),
      );
      break;
    }
  }
  return found;
};

/** Whether every port of `range` lies in one of `reserved`. */
export function isCovered(
  range: { readonly first: number; readonly last: number },
  reserved: readonly { readonly first: number; readonly last: number }[],
): boolean {
  let next = range.first;
  for (const one of [...reserved].sort((a, b) => a.first - b.first)) {
    if (one.first > next) break;
    next = Math.max(next, one.last + 1);
  }
  return next > range.last;
}

/** Values that let strangers into calls or break phones behind NAT. */
export const checkMedia: Rule = (config) => {
  const found: Diagnostic[] = [];
  if (config.endpointLearning === "immediate") {
    found.push(
      about(
        config,
        "warning",
        "endpoint-learning",
        "immediate: whoever sends the first packet to a port gets the call's audio; leave it unset for the safe way",
      ),
    );
  } else if (config.endpointLearning === "off") {
    found.push(about(config, "notice", "endpoint-learning", "off: phones behind NAT hear nothing"));
  }
  if (config.tos % 4 !== 0) {
    found.push(
      about(
        config,
        "warning",
        "tos",
        `${config.tos} sets the two congestion bits; a DSCP is a multiple of 4 (184 for voice)`,
      ),
    );
  }
  if (config.sipSource) {
    found.push(
      about(
        config,
        "notice",
        "sip-source",
        "addresses in SDP are ignored for every call; the flag can also be set for one call",
      ),
    );
  }
  for (const [index, one] of config.interfaces.entries()) {
    if (one.advertised.family === one.bind.family) continue;
    const { key, ...origin } = config.interfaceOrigins[index]!;
    const reason = `${one.bind.address} advertises ${one.advertised.address}, an address of the other IP version`;
    found.push(diagnose("warning", origin, key, `${reason}: the phones there cannot send to it`));
  }
  return found;
};

/** Interfaces: whether the host has their addresses. A spare host may get them later, so the daemon starts. */
export const checkInterfaces: Rule = (config, facts) => {
  const found: Diagnostic[] = [];
  const reported = new Set<string>();
  for (const [index, one] of config.interfaces.entries()) {
    if (reported.has(one.bind.address)) continue;
    if (facts.canBind("udp", { ...one.bind, port: 0 }) !== "no-such-address") continue;
    reported.add(one.bind.address);
    const { key, ...origin } = config.interfaceOrigins[index]!;
    const reason = `this host has no address ${one.bind.address}: offers that need it fail until it has`;
    found.push(diagnose("warning", origin, key, reason, nearestAddress(one, facts)));
  }
  return found;
};

function nearestAddress(one: MediaInterface, facts: HostFacts): string | undefined {
  const separator = one.bind.family === 6 ? ":" : ".";
  const head = (text: string): string => text.slice(0, text.lastIndexOf(separator));
  return facts.hostAddresses.find(
    (address) => address.family === one.bind.family && head(address.address) === head(one.bind.address),
  )?.address;
}

/** Whether the address is the wildcard of its family. */
export function isAny(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** The process number's file. */
export const checkFiles: Rule = (config, facts) => {
  if (config.pidFile === undefined) return [];
  const obstacle = facts.writeObstacle(config.pidFile);
  if (obstacle !== undefined)
    return [about(config, "error", "pidfile", `${config.pidFile} cannot be written: ${obstacle}`)];
  if (config.pidFile.startsWith("/")) return [];
  const reason = `${config.pidFile} is relative to the folder in which the daemon is started`;
  return [about(config, "notice", "pidfile", reason)];
};

/** An address and port, for a message. */
export const shown: typeof formatEndpoint = formatEndpoint;
