import type { Family } from "../../base/endpoint.ts";
import type { NgFlags } from "../../wire/ng/flags.ts";
import type { Attribute, Line, Origin, SessionDescription } from "../../wire/sdp/model.ts";
import { mediasOf, partnerOf } from "../dialogue.ts";
import { CALL_ERRORS } from "../errors.ts";
import type { Call, Media, Monologue, SessionPart } from "../model.ts";
import { inPrintOrder } from "./bandwidths.ts";
import { describeMedia } from "./media.ts";

/** What a description needs beyond the call. */
export interface DescribeContext {
  /** 12 hex digits that mark our own SDP (`loop-protect`). */
  readonly instanceId: string;
  /** Session name where the parties gave none: `rtpengine-…`. */
  readonly softwareId: string;
  /** Prints a description; versions are counted by comparing prints. */
  readonly write: (description: SessionDescription) => string;
}

/**
 * Describes a call to one of its parties: our addresses and ports, everything else as the other party said.
 *
 * @param monologue who will read it; its origin is remembered
 * @throws CallError when the party has no media section
 */
export function describe(
  call: Call,
  monologue: Monologue,
  flags: NgFlags,
  isOffer: boolean,
  context: DescribeContext,
): SessionDescription {
  const medias = mediasOf(call, monologue);
  if (medias.length === 0) throw CALL_ERRORS.rewriteFailed("no media section");
  const source = partnerOf(call, monologue)?.session;
  const origin = describeOrigin(monologue, source, flags, ownAddress(medias));
  const description: SessionDescription = {
    version: "0",
    origin,
    sessionName: source ? source.sessionName : context.softwareId,
    connection: undefined,
    bandwidths: inPrintOrder(source?.bandwidths ?? []),
    lines: linesOf(source),
    attributes: attributesOf(source, flags, context),
    media: medias.map((media) => describeMedia(call, media, flags, isOffer)),
  };
  return countVersion(monologue, description, flags, context);
}

const DEFAULT_TIMING: Line = { type: "t", value: "0 0" };

function linesOf(source: SessionPart | undefined): readonly Line[] {
  const lines = source?.lines ?? [];
  return lines.some(({ type }) => type === "t") ? lines : [...lines, DEFAULT_TIMING];
}

function attributesOf(
  source: SessionPart | undefined,
  flags: NgFlags,
  context: DescribeContext,
): Attribute[] {
  const own: Attribute[] = flags.loopProtect ? [{ name: "rtpengine", value: context.instanceId }] : [];
  return [...own, ...(source?.attributes ?? [])];
}

function ownAddress(medias: readonly Media[]): { family: Family; address: string } | undefined {
  for (const media of medias) {
    const socket = media.portMaps[media.portMap]?.sockets[0];
    if (socket) return socket.media.advertised;
  }
  return undefined;
}

/** `o=`: each part either the other party's or, where `replace` says so, the one we sent first. */
function describeOrigin(
  monologue: Monologue,
  source: SessionPart | undefined,
  flags: NgFlags,
  own: { family: Family; address: string } | undefined,
): Origin {
  const { replace } = flags;
  const theirs = source?.origin;
  const ours = monologue.originOut;
  const keepsUsername = replace.username || replace.originFull;
  const keepsAddress = replace.origin || replace.originFull;
  const basis = theirs ?? ours;
  const ownOrigin = own && { addressType: own.family === 4 ? "IP4" : "IP6", address: own.address };
  const address = keepsAddress ? (ours ?? ownOrigin ?? theirs) : (theirs ?? ours ?? ownOrigin);
  const origin: Origin = {
    username: (keepsUsername ? ours?.username : undefined) ?? basis?.username ?? "-",
    sessionId: (replace.originFull ? ours?.sessionId : undefined) ?? basis?.sessionId ?? "0",
    sessionVersion: sessionVersion(ours, theirs, flags),
    netType: "IN",
    addressType: address?.addressType ?? "IP4",
    address: address?.address ?? "0.0.0.0",
  };
  // Usually nothing is replaced: then the call keeps one origin, not two.
  return theirs && isSameOrigin(origin, theirs) ? theirs : origin;
}

function isSameOrigin(a: Origin, b: Origin): boolean {
  return (
    a.username === b.username &&
    a.sessionId === b.sessionId &&
    a.sessionVersion === b.sessionVersion &&
    a.netType === b.netType &&
    a.addressType === b.addressType &&
    a.address === b.address
  );
}

function sessionVersion(ours: Origin | undefined, theirs: Origin | undefined, { replace }: NgFlags): string {
  if (ours && replace.forceIncrementSdpVersion) return increment(ours.sessionVersion);
  if (ours && (replace.sdpVersion || replace.originFull)) return ours.sessionVersion;
  return theirs?.sessionVersion ?? ours?.sessionVersion ?? "1";
}

function increment(version: string): string {
  return /^\d+$/.test(version) ? String(BigInt(version) + 1n) : version;
}

/** Raises the version exactly when the description differs from the one sent before (RFC 3264 §5). */
function countVersion(
  monologue: Monologue,
  description: SessionDescription,
  { replace }: NgFlags,
  context: DescribeContext,
): SessionDescription {
  monologue.originOut = description.origin;
  if (!replace.sdpVersion && !replace.originFull) return description;
  const printed = context.write(description);
  if (monologue.lastSdpOut === undefined || monologue.lastSdpOut === printed) {
    monologue.lastSdpOut = printed;
    return description;
  }
  const origin = { ...description.origin, sessionVersion: increment(description.origin.sessionVersion) };
  const raised = { ...description, origin };
  monologue.originOut = origin;
  monologue.lastSdpOut = context.write(raised);
  return raised;
}
