import { CallError } from "../../call/errors.ts";
import type { Command } from "./command.ts";

/** `cli`: a command of rtpengine-ctl by way of NG; refusals are in the answer's text, as upstream's. */
export const cli: Command = ({ body }, context) => {
  if (body === undefined || body === "") throw new CallError("E_NO_BODY", "No 'body' in message");
  return { response: context.cli(body) };
};
