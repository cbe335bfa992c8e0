import { ProxyError } from "../base/errors.ts";

/** What a signalling request can be refused with. `message` is what the NG reply carries, word for word. */
export class CallError extends ProxyError {}

/** The texts that clients match on are upstream's; see `docs/reference/errors.md`. */
export const CALL_ERRORS = {
  unknownCall: (): CallError => new CallError("E_UNKNOWN_CALL", "Unknown call-id"),
  noCallId: (): CallError => new CallError("E_NO_CALL_ID", "No call-id in message"),
  noFromTag: (): CallError => new CallError("E_NO_FROM_TAG", "No from-tag in message"),
  noToTag: (): CallError => new CallError("E_NO_TO_TAG", "No to-tag in message"),
  noSdp: (): CallError => new CallError("E_NO_SDP", "No SDP body in message"),
  unparsableSdp: (cause: unknown): CallError =>
    new CallError("E_SDP_SYNTAX", "Failed to parse SDP", { cause }),
  incompleteSdp: (detail: string): CallError =>
    new CallError("E_SDP_INCOMPLETE", "Incomplete SDP specification", { cause: detail }),
  invalidDialogue: (): CallError => new CallError("E_INVALID_DIALOGUE", "Invalid dialogue association"),
  rewriteFailed: (cause: unknown): CallError =>
    new CallError("E_SDP_REWRITE", "Error rewriting SDP", { cause }),
  ranOutOfPorts: (cause?: unknown): CallError =>
    new CallError("E_PORTS_EXHAUSTED", "Ran out of ports", { cause }),
  deleteNotFound: (): CallError =>
    new CallError("E_DELETE_NOT_FOUND", "Call-ID not found or tags didn't match"),
  tooManyMedia: (limit: number): CallError =>
    new CallError("E_TOO_MANY_MEDIA", `More than ${limit} media sections in one SDP`),
  tooManyParties: (limit: number): CallError =>
    new CallError("E_TOO_MANY_PARTIES", `More than ${limit} parties in one call`),
  tooManySections: (limit: number): CallError =>
    new CallError("E_TOO_MANY_SECTIONS", `More than ${limit} media sections in one call`),
  notBuilt: (what: string): CallError =>
    new CallError("E_NOT_BUILT", `${what} is not built yet in this version`),
} as const;
