import { CallError } from "../../call/errors.ts";
import type { Command } from "./command.ts";

const DEFAULT_LIMIT = 32;

/** `list`: the Call-IDs of the calls there are, up to `limit`. */
export const list: Command = ({ flags }, { engine }) => {
  const limit = flags.limit ?? DEFAULT_LIMIT;
  if (limit < 0) throw new CallError("E_LIMIT", "invalid limit, must be >= 0");
  const calls: string[] = [];
  for (const call of engine.calls()) {
    if (calls.length >= limit) break;
    calls.push(call.callId);
  }
  return { calls };
};
