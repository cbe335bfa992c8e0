import { type Endpoint, type Family, isUnspecified } from "../../base/endpoint.ts";
import type { InterfaceTable } from "../interfaces.ts";
import type { Call, Media, PortMap } from "../model.ts";

/** How a request wants ports treated. */
export interface PortOptions {
  readonly latches: boolean;
  readonly neverLatches: boolean;
}

/**
 * Picks the logical interface of a media section: the one asked for, else the one in use, else the
 * party's last one, else the default.
 *
 * @param turn which member of a round-robin group comes next
 */
export function chooseInterface(
  call: Call,
  media: Media,
  wanted: string | undefined,
  table: InterfaceTable,
  turn: number,
): void {
  const monologue = call.monologues[media.monologue]!;
  const current = media.interfaceName ?? monologue.interfaceName;
  let family = media.family ?? monologue.family ?? table.familyOf(table.defaultName) ?? 4;
  let name = wanted === undefined ? current : logicalName(wanted, table, turn, current);
  if (name === undefined) {
    // Names from before interfaces had any: they chose the family (upstream keeps them too).
    if (wanted === "internal") family = 4;
    else if (wanted === "external") family = 6;
    name = table.defaultName;
  }
  if (table.addresses(name, family).length === 0) {
    name = table.defaultName;
    if (table.addresses(name, family).length === 0) family = table.familyOf(name) ?? family;
  }
  media.interfaceName = name;
  media.family = family;
  monologue.interfaceName = name;
  monologue.family = family;
}

function logicalName(
  wanted: string,
  table: InterfaceTable,
  turn: number,
  current: string | undefined,
): string | undefined {
  const direct = table.resolve(wanted);
  if (direct !== undefined) return direct;
  const members = table.group(wanted);
  if (members.length === 0) return undefined;
  if (current !== undefined && members.includes(current)) return current;
  return members[turn % members.length];
}

/**
 * Finds the ports that a party shall send to, or makes a wish for them.
 *
 * A port belongs to the remote endpoint it was first offered for, so that an endpoint that changes gets
 * a new one and packets of the old one cannot be taken for its; latching keeps it all the same.
 */
export function choosePorts(
  media: Media,
  portCount: 1 | 2,
  endpoint: Endpoint | undefined,
  options: PortOptions,
): void {
  const found = findPortMap(media, portCount, endpoint, options);
  if (found >= 0) {
    media.portMaps[found]!.portCount = portCount;
    media.portMap = found;
    return;
  }
  media.portMaps.push({
    interfaceName: media.interfaceName!,
    family: media.family!,
    endpoint,
    portCount,
    sockets: [],
  });
  media.portMap = media.portMaps.length - 1;
}

function findPortMap(
  media: Media,
  portCount: 1 | 2,
  endpoint: Endpoint | undefined,
  options: PortOptions,
): number {
  const current = media.portMaps[media.portMap];
  // A party on hold keeps its port: it is not going to send there anyway.
  const latches = options.latches || (!media.isRecv && !options.neverLatches);
  if (latches && current && isUsable(current, portCount)) return media.portMap;
  return media.portMaps.findLastIndex((map) => {
    if (map.interfaceName !== media.interfaceName || map.family !== media.family) return false;
    if (!isUsable(map, portCount)) return false;
    if (map.endpoint === undefined) {
      if (endpoint) map.endpoint = endpoint;
      return true;
    }
    return endpoint !== undefined && matches(map, endpoint);
  });
}

function isUsable(map: PortMap, portCount: 1 | 2): boolean {
  return map.portCount >= portCount;
}

/** An unspecified address (old hold) matches by port alone, and is replaced by the first real one. */
function matches(map: PortMap, endpoint: Endpoint): boolean {
  const known = map.endpoint!;
  if (known.port !== endpoint.port) return false;
  if (isUnspecified(known)) {
    map.endpoint = endpoint;
    return true;
  }
  return isUnspecified(endpoint) || known.address === endpoint.address;
}

/** How many ports a section needs: one where RTCP shares the RTP port for certain. */
export function portCountFor(media: Media, isRtp: boolean, isCertain: boolean): 1 | 2 {
  return isRtp && media.usesRtcpMux && isCertain ? 1 : 2;
}

/** A rejected section has no ports in use; what it had stays its own until the call ends. */
export function disablePorts(media: Media): void {
  media.portMap = -1;
}

/** What commit has to reserve. */
export interface PortNeed {
  readonly media: number;
  readonly portMap: number;
  readonly interfaceName: string;
  readonly family: Family;
  readonly portCount: 1 | 2;
}

/** The port maps in use that have no sockets yet, in the order of the medias given. */
export function portNeeds(medias: readonly Media[]): PortNeed[] {
  const needs: PortNeed[] = [];
  for (const media of medias) {
    const map = media.portMaps[media.portMap];
    if (!map || map.sockets.length > 0) continue;
    needs.push({
      media: media.id,
      portMap: media.portMap,
      interfaceName: map.interfaceName,
      family: map.family,
      portCount: map.portCount,
    });
  }
  return needs;
}
