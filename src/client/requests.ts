import type { NgDictionary, NgValue } from "../wire/ng/value.ts";

/** What names a call and a party of it. */
export interface CallKeys {
  readonly callId: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly viaBranch?: string;
}

/** What `offer` and `answer` have in common. Text is byte strings, as everywhere in NG. */
export interface SessionRequest extends CallKeys {
  readonly sdp: string;
  readonly fromTag: string;
  /** `trust-address`, `symmetric`, … */
  readonly flags?: readonly string[];
  /** Parts of the SDP to replace: `origin`, … */
  readonly replace?: readonly string[];
  /** `offer`, `require`, `demux`, `accept`, `reject`. */
  readonly rtcpMux?: readonly string[];
  /** Logical interfaces: of the sender of this SDP, of its receiver. */
  readonly direction?: readonly [string, string];
  /** `RTP/AVP` and the like. */
  readonly transportProtocol?: string;
  readonly ice?: "remove" | "force" | "force-relay" | "default" | "optional";
  readonly addressFamily?: "IP4" | "IP6";
  /** Where the signalling came from. */
  readonly receivedFrom?: string;
  /** Further keys, as they go on the wire. */
  readonly more?: NgDictionary;
}

/** `answer` names both parties. */
export interface AnswerRequest extends SessionRequest {
  readonly toTag: string;
}

/** What `delete` can say beside the keys. */
export interface DeleteRequest extends CallKeys {
  readonly flags?: readonly string[];
  /** Seconds; 0: at once. Absent: the engine's default. */
  readonly deleteDelaySeconds?: number;
}

/** The dictionary of an `offer` or `answer`, without the command. */
export function sessionBody(request: SessionRequest): NgDictionary {
  const body = keysBody(request);
  body.sdp = request.sdp;
  put(body, "flags", request.flags);
  put(body, "replace", request.replace);
  put(body, "rtcp-mux", request.rtcpMux);
  put(body, "direction", request.direction);
  put(body, "transport-protocol", request.transportProtocol);
  put(body, "ICE", request.ice);
  put(body, "address-family", request.addressFamily);
  // NG wants the family in front of the address.
  const from = request.receivedFrom;
  if (from !== undefined) body["received-from"] = [from.includes(":") ? "IP6" : "IP4", from];
  return Object.assign(body, request.more);
}

/** The dictionary of a `delete`, without the command. */
export function deleteBody(request: DeleteRequest): NgDictionary {
  const body = keysBody(request);
  put(body, "flags", request.flags);
  put(body, "delete-delay", request.deleteDelaySeconds);
  return body;
}

/** The keys that name call and party. */
export function keysBody(keys: CallKeys): NgDictionary {
  const body: NgDictionary = { "call-id": keys.callId };
  put(body, "from-tag", keys.fromTag);
  put(body, "to-tag", keys.toTag);
  put(body, "via-branch", keys.viaBranch);
  return body;
}

function put(body: NgDictionary, key: string, value: string | number | readonly string[] | undefined): void {
  if (value === undefined) return;
  body[key] = typeof value === "object" ? ([...value] as NgValue[]) : value;
}
