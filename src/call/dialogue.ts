import type { Micros } from "../base/brand.ts";
import { MAX_PARTIES, MAX_PARTIES_EVER, pushBounded } from "./bounds.ts";
import { CALL_ERRORS } from "./errors.ts";
import type { Call, Media, Monologue } from "./model.ts";

/** Which parties a request is about. Tags are in the direction of the message: `fromTag` sent this SDP. */
export interface DialogueKeys {
  readonly isOffer: boolean;
  readonly fromTag: string;
  readonly toTag: string | undefined;
  readonly viaBranch: string | undefined;
  /** What else may name the sender (`alias-key`), after the tag. */
  readonly aliasKey: string | undefined;
  /** `new-branch`: a changed tag in an answer is a new party. */
  readonly isNewBranch: boolean;
  /** The answer may still change, whatever came before. */
  readonly isProvisional: boolean;
}

/** The two halves of a dialogue. */
export interface Dialogue {
  readonly sender: Monologue;
  readonly receiver: Monologue;
}

/**
 * Finds or makes the two monologues that a request speaks of, and associates them.
 *
 * @param call changed in place
 * @throws CallError when a party would talk to itself, or the other one cannot be told
 */
export function resolveDialogue(call: Call, keys: DialogueKeys, now: Micros): Dialogue {
  const receiver = keys.toTag ? monologueByTag(call, keys.toTag) : undefined;
  const dialogue = receiver
    ? withKnownReceiver(call, keys, receiver, now)
    : withUnknownReceiver(call, keys, now);
  associate(dialogue.sender, dialogue.receiver);
  return dialogue;
}

/** The monologue that has this tag now or had it before. */
export function monologueByTag(call: Call, tag: string): Monologue | undefined {
  return (
    call.monologues.find((monologue) => monologue?.tag === tag) ??
    call.monologues.find((monologue) => monologue?.tagAliases.includes(tag))
  );
}

/** The monologue that was made for this Via branch last. */
export function monologueByViaBranch(call: Call, viaBranch: string): Monologue | undefined {
  return call.monologues.findLast((monologue) => monologue?.viaBranch === viaBranch);
}

/** The media sections of a monologue, in the order of SDP. */
export function mediasOf(call: Call, monologue: Monologue): Media[] {
  return monologue.medias.filter((id) => id >= 0).map((id) => call.medias[id]!);
}

/** The first subscription of a monologue leads to the party it talks to. */
export function partnerOf(call: Call, monologue: Monologue): Monologue | undefined {
  for (const media of mediasOf(call, monologue)) {
    const first = media.subscriptions.find(({ isOfferAnswer }) => isOfferAnswer) ?? media.subscriptions[0];
    if (first) return call.monologues[call.medias[first.media]!.monologue];
  }
  return undefined;
}

function withUnknownReceiver(call: Call, keys: DialogueKeys, now: Micros): Dialogue {
  const sender = senderByTagOrAlias(call, keys);
  if (!sender) {
    const made = addMonologue(call, keys.fromTag, undefined, now);
    return { sender: made, receiver: addMonologue(call, undefined, keys.viaBranch, now) };
  }
  // A to-tag nobody knows, in a message of a known sender, is one more branch.
  if (keys.toTag) return { sender, receiver: addMonologue(call, undefined, keys.viaBranch, now) };
  if (keys.viaBranch) {
    const known = monologueByViaBranch(call, keys.viaBranch);
    return { sender, receiver: known ?? addMonologue(call, undefined, keys.viaBranch, now) };
  }
  const partner = partnerOf(call, sender);
  if (!partner) throw CALL_ERRORS.invalidDialogue();
  return { sender, receiver: partner };
}

function withKnownReceiver(call: Call, keys: DialogueKeys, receiver: Monologue, now: Micros): Dialogue {
  const known = senderByTagOrAlias(call, keys);
  if (known) {
    if (known === receiver) throw CALL_ERRORS.invalidDialogue();
    return { sender: known, receiver };
  }
  const candidate =
    (keys.viaBranch ? monologueByViaBranch(call, keys.viaBranch) : undefined) ?? partnerOf(call, receiver);
  const sender =
    candidate && mayTakeTag(candidate, keys) ? candidate : addMonologue(call, undefined, undefined, now);
  if (sender === receiver) throw CALL_ERRORS.invalidDialogue();
  setTag(sender, keys.fromTag);
  return { sender, receiver };
}

/**
 * Whether an existing monologue becomes the sender under a tag it did not have: the yet untagged answerer
 * does; a tagged one only while its answer is not final (early dialogues of one branch).
 */
function mayTakeTag(monologue: Monologue, keys: DialogueKeys): boolean {
  if (monologue.tag === undefined) return true;
  if (keys.isOffer || keys.isNewBranch) return false;
  return !monologue.hasFinalAnswer || keys.isProvisional;
}

function senderByTagOrAlias(call: Call, keys: DialogueKeys): Monologue | undefined {
  const byTag = monologueByTag(call, keys.fromTag);
  if (byTag || keys.aliasKey === undefined) return byTag;
  const alias = call.aliases.findLast(({ key }) => key === keys.aliasKey);
  const monologue = alias && call.monologues[alias.monologue];
  if (monologue) setTag(monologue, keys.fromTag);
  return monologue;
}

function setTag(monologue: Monologue, tag: string): void {
  if (monologue.tag === tag) return;
  const earlier = monologue.tag;
  if (earlier !== undefined) pushBounded(monologue.tagAliases, earlier, (known) => known === earlier);
  monologue.tag = tag;
}

/**
 * Adds a party to a call.
 *
 * @throws CallError when there are too many
 */
export function addMonologue(
  call: Call,
  tag: string | undefined,
  viaBranch: string | undefined,
  now: Micros,
): Monologue {
  const parties = call.monologues.reduce((count, other) => (other ? count + 1 : count), 0);
  if (parties >= MAX_PARTIES) throw CALL_ERRORS.tooManyParties(MAX_PARTIES);
  if (call.monologues.length >= MAX_PARTIES_EVER) throw CALL_ERRORS.tooManyParties(MAX_PARTIES_EVER);
  const monologue: Monologue = {
    id: call.monologues.length,
    createdAt: now,
    tag,
    tagAliases: [],
    viaBranch,
    label: undefined,
    deleteAt: undefined,
    associated: [],
    medias: [],
    interfaceName: undefined,
    family: undefined,
    hasFinalAnswer: false,
    session: undefined,
    originOut: undefined,
    lastSdpOut: undefined,
  };
  call.monologues.push(monologue);
  return monologue;
}

/** Negotiating with each other takes both off the list of what is to be deleted. */
function associate(a: Monologue, b: Monologue): void {
  a.deleteAt = undefined;
  b.deleteAt = undefined;
  if (!a.associated.includes(b.id)) a.associated.push(b.id);
  if (!b.associated.includes(a.id)) b.associated.push(a.id);
}
