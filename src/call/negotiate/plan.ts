import type { Micros } from "../../base/brand.ts";
import { isUnspecified } from "../../base/endpoint.ts";
import type { EndpointLearning } from "../../flow/flow.ts";
import type { NgFlags } from "../../wire/ng/flags.ts";
import type { NgRequest } from "../../wire/ng/request.ts";
import type { SessionDescription } from "../../wire/sdp/model.ts";
import { pushBounded } from "../bounds.ts";
import { copyCall } from "../copy.ts";
import { type Dialogue, mediasOf, resolveDialogue } from "../dialogue.ts";
import { CALL_ERRORS } from "../errors.ts";
import type { InterfaceTable, RefusedEndpoint } from "../interfaces.ts";
import type { Call, Media } from "../model.ts";
import { interpretSession, type SignalledMedia, type SignalledSession } from "../session.ts";
import { answerCodecs, offerCodecs } from "./codecs.ts";
import {
  counterpartOf,
  isRtpMedia,
  mediaFor,
  propagateZeroAddress,
  unconfirm,
  updateEcho,
  updateReceiver,
  updateSender,
  updateStreams,
} from "./media.ts";
import {
  chooseInterface,
  choosePorts,
  disablePorts,
  type PortNeed,
  portCountFor,
  portNeeds,
} from "./ports.ts";
import { negotiateRtcpMux } from "./rtcp-mux.ts";
import { subscribeBothWays } from "./subscriptions.ts";
import { assertSupported } from "./supported.ts";

/** What negotiation needs to know of the world. */
export interface NegotiationContext {
  readonly now: Micros;
  readonly interfaces: InterfaceTable;
  /** Counts requests, for round-robin interface groups. */
  readonly turn: number;
  /** Daemon-wide `endpoint-learning`. */
  readonly learning: EndpointLearning;
  /** Daemon-wide `sip-source`: distrust addresses in SDP unless told otherwise. */
  readonly distrustsSdp: boolean;
  readonly defaultTos: number;
  /** Name or address of whoever asks. */
  readonly from: string;
}

/** A negotiation that went well but for the ports: `commit` turns it into the new call. */
export interface Plan {
  /** A copy; nobody else knows it. */
  readonly draft: Call;
  readonly dialogue: Dialogue;
  readonly flags: NgFlags;
  readonly isOffer: boolean;
  readonly needs: readonly PortNeed[];
  readonly strippedIceAttributes: number;
  readonly interfaces: InterfaceTable;
  /** Endpoints in this SDP that nothing is sent to, see `InterfaceTable.whyNotSend`. */
  readonly refusedEndpoints: readonly RefusedEndpoint[];
}

/**
 * Works an offer or an answer into a copy of the call (RFC 3264).
 *
 * @param call undefined: this offer starts one
 * @throws CallError with the text for the client; nothing has changed then
 */
export function plan(
  call: Call | undefined,
  request: NgRequest,
  sdp: SessionDescription,
  context: NegotiationContext,
): Plan {
  const isOffer = request.command === "offer";
  const { flags } = request;
  const session = interpretSession(sdp, distrustedSource(request, context));
  assertSupported(session, flags);
  const draft = call ? copyCall(call) : newCall(request.callId!, context);
  const aliasKey = aliasKeyOf(request, session);
  const dialogue = resolveDialogue(
    draft,
    {
      isOffer,
      // In an answer the party that sends this SDP is the one the To tag names.
      fromTag: (isOffer ? request.fromTag : request.toTag)!,
      toTag: isOffer ? request.toTag : request.fromTag,
      viaBranch: request.viaBranch,
      aliasKey,
      isNewBranch: flags.newBranch,
      isProvisional: flags.provisional,
    },
    context.now,
  );
  updateCall(draft, request, context);
  updateMonologue(draft, dialogue, request, session, aliasKey);
  const taken = new Set<number>();
  const refused: RefusedEndpoint[] = [];
  for (const signalled of session.medias) {
    const { receivedFrom } = request;
    negotiateMedia({ draft, dialogue, signalled, flags, isOffer, context, receivedFrom, taken, refused });
  }
  return {
    draft,
    dialogue,
    flags,
    isOffer,
    needs: portNeeds([...mediasOf(draft, dialogue.receiver), ...mediasOf(draft, dialogue.sender)]),
    strippedIceAttributes: session.strippedIceAttributes,
    interfaces: context.interfaces,
    refusedEndpoints: refused,
  };
}

function newCall(callId: string, context: NegotiationContext): Call {
  return {
    callId,
    createdAt: context.now,
    createdFrom: context.from,
    lastSignalAt: context.now,
    revision: 0,
    deleteAt: undefined,
    tos: context.defaultTos,
    dropsTraffic: false,
    isDebugged: false,
    metadata: undefined,
    monologues: [],
    medias: [],
    aliases: [],
  };
}

function distrustedSource(request: NgRequest, context: NegotiationContext): NgRequest["receivedFrom"] {
  const trusts = request.flags.trustAddress ?? !context.distrustsSdp;
  if (trusts) return undefined;
  if (!request.receivedFrom) throw CALL_ERRORS.incompleteSdp("SIP-source-address without received-from");
  return request.receivedFrom;
}

function aliasKeyOf(request: NgRequest, session: SignalledSession): string | undefined {
  if (request.flags.aliasKey === "sdp") return `sdp ${request.sdp}`;
  const first = session.medias[0]?.rtp;
  if (request.flags.aliasKey === "address" && first && first.port !== 0) {
    return `address ${first.address} ${first.port}`;
  }
  return undefined;
}

function updateCall(draft: Call, { flags, command }: NgRequest, context: NegotiationContext): void {
  draft.lastSignalAt = context.now;
  draft.deleteAt = undefined;
  draft.revision++;
  if (flags.metadata !== undefined) draft.metadata = flags.metadata;
  if (flags.debug) draft.isDebugged = true;
  if (flags.dropTraffic === "start") draft.dropsTraffic = true;
  else if (flags.dropTraffic === "stop") draft.dropsTraffic = false;
  if (command !== "offer" || (flags.tos !== undefined && flags.tos < 0)) return;
  draft.tos = flags.tos ?? context.defaultTos;
}

function updateMonologue(
  draft: Call,
  { sender, receiver }: Dialogue,
  request: NgRequest,
  session: SignalledSession,
  aliasKey: string | undefined,
): void {
  const { flags } = request;
  unconfirm(draft, sender);
  unconfirm(draft, receiver);
  const keptName = flags.replace.sessionName ? sender.session?.sessionName : undefined;
  sender.session = keptName ? { ...session.part, sessionName: keptName } : session.part;
  const label = request.setLabel ?? request.label;
  if (label !== undefined) sender.label = label;
  if (request.command === "offer") receiver.hasFinalAnswer = false;
  else sender.hasFinalAnswer = flags.sipMessageType === "response" && (flags.sipCode ?? 0) >= 200;
  if (aliasKey === undefined) return;
  pushBounded(draft.aliases, { key: aliasKey, monologue: sender.id }, ({ key }) => key === aliasKey);
}

interface MediaStep {
  readonly draft: Call;
  readonly dialogue: Dialogue;
  readonly signalled: SignalledMedia;
  readonly flags: NgFlags;
  readonly isOffer: boolean;
  readonly context: NegotiationContext;
  readonly receivedFrom: NgRequest["receivedFrom"];
  /** Sections already spoken of in this SDP. */
  readonly taken: Set<number>;
  /** Endpoints that nothing is sent to. */
  readonly refused: RefusedEndpoint[];
}

function negotiateMedia(step: MediaStep): void {
  const { draft, dialogue, signalled, flags, isOffer, taken } = step;
  const sender = mediaFor(draft, dialogue.sender, signalled, taken);
  taken.add(sender.id);
  const receiver = counterpartOf(draft, sender, dialogue.receiver, signalled);
  subscribeBothWays(draft, sender, receiver, isOffer);
  sender.type = signalled.type;
  sender.isLoopChecked = step.context.interfaces.isOwn(signalled.rtp);
  if (isOffer && signalled.mediaId !== undefined) sender.mediaId = signalled.mediaId;
  updateSender(sender, signalled, flags);
  updateReceiver(receiver, sender, signalled, flags, isOffer);
  updateEcho(receiver, sender, flags);
  if (isOffer) offerCodecs(receiver, sender, signalled);
  else {
    answerCodecs(receiver, sender, signalled, {
      isSingleCodec: flags.singleCodec,
      allowsAsymmetric: flags.allowAsymmetricCodecs,
    });
  }
  negotiatePorts(step, sender, receiver);
}

function negotiatePorts(step: MediaStep, sender: Media, receiver: Media): void {
  const { draft, signalled, flags, isOffer, context } = step;
  const isRejected = signalled.rtp.port === 0;
  const mustMux = !isRejected && negotiateRtcpMux(receiver, sender, isOffer, flags.rtcpMux);
  const isRtp = isRtpMedia(sender);
  const receiverPorts = portCountFor(receiver, isRtp, !isOffer || flags.rtcpMux.require || mustMux);
  const senderPorts = portCountFor(sender, isRtp, !isOffer || flags.rtcpMux.demux || flags.rtcpMux.accept);
  chooseInterface(
    draft,
    receiver,
    flags.toInterface ?? flags.direction?.[1],
    context.interfaces,
    context.turn,
  );
  chooseInterface(
    draft,
    sender,
    flags.fromInterface ?? flags.direction?.[0],
    context.interfaces,
    context.turn,
  );
  if (isRejected) {
    disablePorts(receiver);
    disablePorts(sender);
    return;
  }
  propagateZeroAddress(receiver, sender, signalled, flags);
  const options = { latches: flags.portLatching, neverLatches: flags.noPortLatching };
  choosePorts(receiver, receiverPorts, signalled.rtp, options);
  // The sender's own ports wait for whoever the other side turns out to be.
  if (sender.portMap < 0) choosePorts(sender, senderPorts, undefined, options);
  else if (sender.portMaps[sender.portMap]!.portCount > senderPorts) {
    sender.portMaps[sender.portMap]!.portCount = senderPorts;
  }
  const { receivedFrom } = step;
  updateStreams(sender, signalled, { learning: context.learning, flags, receivedFrom });
  const [local] = context.interfaces.addresses(sender.interfaceName!, sender.family!);
  for (const { endpoint } of sender.streams) {
    if (!local || !endpoint || isUnspecified(endpoint)) continue;
    const reason = context.interfaces.whyNotSend(local, endpoint);
    if (reason !== undefined) step.refused.push({ endpoint, reason });
  }
}
