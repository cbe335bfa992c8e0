import { CALL_ERRORS } from "../../call/errors.ts";
import type { NgRequest } from "../../wire/ng/request.ts";
import type { NgDictionary } from "../../wire/ng/value.ts";
import type { SessionDescription } from "../../wire/sdp/model.ts";
import { parseSdp } from "../../wire/sdp/parse.ts";
import { writeSdp } from "../../wire/sdp/write.ts";
import { LoadLimitError } from "../errors.ts";
import type { Command, CommandContext } from "./command.ts";

/** `offer`: an SDP from the caller's side of a dialogue (RFC 3264 §5). Starts the call if need be. */
export const offer: Command = (request, context) => {
  assertBasics(request);
  const known = context.engine.find(request.callId!);
  if (!known) {
    const limit = context.engine.limit();
    if (limit) throw new LoadLimitError(limit, request.flags.supports.includes("load-limit"));
  }
  return transact(request, context);
};

/** `answer`: the other side's SDP (RFC 3264 §6). */
export const answer: Command = (request, context) => {
  assertBasics(request);
  if (!request.toTag) throw CALL_ERRORS.noToTag();
  if (!context.engine.find(request.callId!)) throw CALL_ERRORS.unknownCall();
  return transact(request, context);
};

function assertBasics(request: NgRequest): void {
  if (!request.sdp) throw CALL_ERRORS.noSdp();
  if (!request.callId) throw CALL_ERRORS.noCallId();
  if (!request.fromTag) throw CALL_ERRORS.noFromTag();
}

function transact(request: NgRequest, context: CommandContext): NgDictionary {
  const { engine } = context;
  const sdp = parse(request.sdp!, engine.settings.rejectsInvalidSdp);
  // It has been through here: once is enough.
  if (request.flags.loopProtect && isOurs(sdp, engine.instanceId)) return { sdp: request.sdp! };
  return { sdp: writeSdp(engine.transact(request, sdp, context.from)) };
}

function parse(text: string, refusesEmptyLines: boolean): SessionDescription {
  try {
    return parseSdp(text, { refusesEmptyLines });
  } catch (cause) {
    throw CALL_ERRORS.unparsableSdp(cause);
  }
}

function isOurs({ attributes }: SessionDescription, instanceId: string): boolean {
  return attributes.some(({ name, value }) => name === "rtpengine" && value === instanceId);
}
