import type { Micros } from "../base/brand.ts";
import type { ReservedSocket } from "../flow/reservation.ts";
import { copyCall } from "./copy.ts";
import { mediasOf, monologueByTag, monologueByViaBranch, partnerOf } from "./dialogue.ts";
import type { Call, Monologue } from "./model.ts";

/** What a `delete` names. Absent keys match more. */
export interface RemovalKeys {
  readonly fromTag: string | undefined;
  readonly toTag: string | undefined;
  readonly viaBranch: string | undefined;
}

/** What becomes of a call when something is deleted from it. */
export type Removal =
  /** The whole call goes now. */
  | { readonly kind: "gone" }
  /** The call stays, perhaps for a while; its flows are to be published anew. */
  | { readonly kind: "kept"; readonly call: Call; readonly released: readonly ReservedSocket[] };

/**
 * Deletes a call, or the branch of it that the keys name.
 *
 * A branch takes along the parties that talked to nobody else; when nobody is left talking, the call goes.
 *
 * @param delayMicros 0: at once
 * @returns undefined when the keys match nothing
 */
export function removeBranch(
  call: Call,
  keys: RemovalKeys,
  delayMicros: number,
  now: Micros,
): Removal | undefined {
  if (!keys.fromTag) return removeAll(call, delayMicros, now);
  const draft = copyCall(call);
  const monologue = findBranch(draft, keys);
  if (!monologue) return undefined;
  const released: ReservedSocket[] = [];
  removeMonologue(draft, monologue, delayMicros, now, released);
  if (!draft.monologues.some((other) => other !== undefined && other.associated.length > 0)) {
    return removeAll(call, delayMicros, now);
  }
  draft.revision++;
  return { kind: "kept", call: draft, released };
}

/** Deletes a whole call, now or after a delay. */
export function removeAll(call: Call, delayMicros: number, now: Micros): Removal {
  if (delayMicros <= 0) return { kind: "gone" };
  return { kind: "kept", call: { ...call, deleteAt: (now + delayMicros) as Micros }, released: [] };
}

/** Destroys the monologues whose time has come. */
export function removeDue(call: Call, now: Micros): { call: Call; released: ReservedSocket[] } {
  const draft = copyCall(call);
  const released: ReservedSocket[] = [];
  for (const monologue of draft.monologues) {
    if (monologue?.deleteAt !== undefined && monologue.deleteAt <= now) destroy(draft, monologue, released);
  }
  draft.revision++;
  return { call: draft, released };
}

function findBranch(call: Call, { fromTag, toTag, viaBranch }: RemovalKeys): Monologue | undefined {
  const byBranch = viaBranch ? monologueByViaBranch(call, viaBranch) : undefined;
  if (!toTag && byBranch) return byBranch;
  const byTag = monologueByTag(call, toTag || fromTag!);
  if (byTag || byBranch) return byTag ?? byBranch;
  if (!toTag) return undefined;
  // A call that was never answered has no to-tag to match yet: its from-tag names it.
  const offerer = monologueByTag(call, fromTag!);
  const partner = offerer && partnerOf(call, offerer);
  return partner && partner.tag === undefined ? offerer : undefined;
}

function removeMonologue(
  call: Call,
  monologue: Monologue,
  delayMicros: number,
  now: Micros,
  released: ReservedSocket[],
): void {
  const associated = monologue.associated;
  if (delayMicros > 0) monologue.deleteAt = (now + delayMicros) as Micros;
  else destroy(call, monologue, released);
  for (const id of associated) {
    const other = call.monologues[id];
    if (!other) continue;
    monologue.associated = monologue.associated.filter((known) => known !== id);
    other.associated = other.associated.filter((known) => known !== monologue.id);
    if (other.associated.length === 0) removeMonologue(call, other, delayMicros, now, released);
  }
}

/** Takes a party out: its ports are given back, nobody receives from it or sends to it. */
function destroy(call: Call, monologue: Monologue, released: ReservedSocket[]): void {
  for (const media of mediasOf(call, monologue)) {
    for (const map of media.portMaps) released.push(...map.sockets);
    media.portMaps = [];
    media.portMap = -1;
    media.subscriptions = [];
    for (const other of call.medias) {
      other.subscriptions = other.subscriptions.filter((subscription) => subscription.media !== media.id);
    }
  }
  for (const other of call.monologues) {
    if (other) other.associated = other.associated.filter((id) => id !== monologue.id);
  }
  call.monologues[monologue.id] = undefined;
}

/** Every port a call holds. */
export function socketsOf(call: Call): ReservedSocket[] {
  return call.medias.flatMap((media) => media.portMaps.flatMap((map) => [...map.sockets]));
}
