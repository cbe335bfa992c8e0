import { CALL_ERRORS } from "../../call/errors.ts";
import type { NgDictionary } from "../../wire/ng/value.ts";
import type { Command } from "./command.ts";
import { describeCall } from "./query.ts";

const NOT_FOUND = "Call-ID not found or tags didn't match";

/** `delete`: ends a call or a branch, at once or after a delay; answers with what `query` would have. */
export const remove: Command = (request, context) => {
  if (!request.callId) throw CALL_ERRORS.noCallId();
  const { engine } = context;
  const { flags } = request;
  const call = engine.find(request.callId);
  const keys = {
    fromTag: request.fromTag,
    // A To tag counts only where the proxy says so: it also sends it for calls that are ended as a whole.
    toTag: flags.honoursToTag || !flags.hasFlagString ? request.toTag : undefined,
    viaBranch: request.viaBranch,
  };
  const report = call && engine.report(call);
  const reply: NgDictionary =
    report && !flags.fast ? describeCall(report, { ...request, toTag: keys.toTag }, context) : {};
  if (call && engine.remove(call, keys, flags.deleteDelaySeconds, report)) return reply;
  if (flags.fatal) throw CALL_ERRORS.deleteNotFound();
  return { warning: NOT_FOUND };
};
