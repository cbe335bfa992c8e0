import { monologueByTag } from "../../call/dialogue.ts";
import type { Call } from "../../call/model.ts";
import { didYouMean } from "../../config/did-you-mean.ts";
import { describeCallTree, describeTag, printCallTree, printTag } from "./call-tree.ts";
import {
  answer,
  CLI_ERRORS,
  type CliAnswer,
  type CliCommand,
  type CliContext,
  callOf,
  shown,
} from "./command.ts";

/** What is done to one call, or to all. */
export const CALL_COMMANDS: readonly CliCommand[] = [
  {
    words: "terminate",
    params: "<callid> | all | own | foreign",
    help: "terminate one particular call, or all (owned/foreign) calls",
    run: terminate,
  },
  {
    words: "debug",
    params: "<callid> on | off",
    help: "set debugging flag for given call",
    run: debug,
  },
  {
    words: "call",
    params: "<callid> info | terminate | debug on|off | tag <tag> info",
    help: "print details of a call or of one party, terminate or debug it",
    run: onCall,
  },
];

function terminate(rest: string, context: CliContext): CliAnswer {
  const { engine, log } = context;
  if (rest === "") throw CLI_ERRORS.incomplete();
  if (rest === "all" || rest === "own" || rest === "foreign") {
    const calls = rest === "foreign" ? [] : [...engine.calls()];
    for (const call of calls) engine.terminate(call);
    const which = rest === "all" ? "" : `${rest} `;
    log.notice("cli-terminate", `All ${which}calls terminated by operator.`, { count: calls.length });
    return answer([`All ${which}calls terminated by operator.`], { terminated: calls.length });
  }
  const call = engine.find(rest);
  if (!call) throw CLI_ERRORS.refused(`\nCall Id not found (${shown(rest)}).\n`);
  end(call, context);
  return answer(["", `Call Id (${shown(rest)}) successfully terminated by operator.`, ""], { terminated: 1 });
}

function end(call: Call, { engine, log }: CliContext): void {
  log.notice("cli-terminate", "Call terminated by operator", { callId: call.callId });
  engine.terminate(call);
}

function debug(rest: string, context: CliContext): CliAnswer {
  const [callId = "", flag = ""] = splitFirst(rest);
  if (callId === "") throw CLI_ERRORS.refused("No call ID specified");
  const isOn = parseSwitch(flag);
  const call = context.engine.find(callId);
  if (!call) throw CLI_ERRORS.refused(`Call ID '${shown(callId)}' not found`);
  return setDebug(call, isOn, context);
}

function parseSwitch(flag: string): boolean {
  if (flag === "" || flag === "on" || flag === "enable") return true;
  if (flag === "off" || flag === "disable") return false;
  throw CLI_ERRORS.refused(`Invalid on/off flag ('${shown(flag)}') specified`);
}

function setDebug(call: Call, isOn: boolean, { engine }: CliContext): CliAnswer {
  engine.setDebug(call, isOn);
  return answer([`${isOn ? "Enabled" : "Disabled"} debugging for call '${shown(call.callId)}'`], {
    callid: call.callId,
    debug: isOn,
  });
}

function onCall(rest: string, context: CliContext): CliAnswer {
  const [callId, after] = splitFirst(rest);
  if (callId === "") throw CLI_ERRORS.incomplete();
  const call = context.engine.find(callId);
  if (!call) throw CLI_ERRORS.refused(`No such call '${shown(callId)}'`);
  const [verb, argument] = splitFirst(after);
  switch (verb) {
    case "":
      throw CLI_ERRORS.incomplete();
    case "info": {
      const tree = describeCallTree(context.engine.report(callOf(context, callId)), context);
      return answer(printCallTree(tree), { ...tree } as unknown as CliAnswer["value"]);
    }
    case "terminate":
      end(call, context);
      return answer(["", `Call '${shown(callId)}' terminated.`, ""], { terminated: 1 });
    case "debug":
      return setDebug(call, parseSwitch(argument), context);
    case "tag":
      return onTag(call, argument, context);
    default:
      throw CLI_ERRORS.unknown(shown(verb), didYouMean(verb, ["info", "terminate", "debug", "tag"]));
  }
}

function onTag(call: Call, rest: string, context: CliContext): CliAnswer {
  const [tag, verb] = splitFirst(rest);
  if (tag === "") throw CLI_ERRORS.incomplete();
  const monologue = monologueByTag(call, tag);
  const party = context.engine.report(call).parties.find((one) => one.monologue === monologue);
  if (!party) throw CLI_ERRORS.refused(`No such tag '${shown(tag)}'`);
  const [word] = splitFirst(verb);
  if (word === "info") {
    const described = describeTag(call, party, context);
    return answer(printTag(described), { ...described } as unknown as CliAnswer["value"]);
  }
  if (word === "delay" || word === "detect-dtmf")
    throw CLI_ERRORS.notBuilt("audio is passed on, not decoded");
  if (word === "") throw CLI_ERRORS.incomplete();
  throw CLI_ERRORS.unknown(shown(word), didYouMean(word, ["info"]));
}

function splitFirst(text: string): [first: string, rest: string] {
  const trimmed = text.trim();
  const space = trimmed.indexOf(" ");
  return space < 0 ? [trimmed, ""] : [trimmed.slice(0, space), trimmed.slice(space + 1).trim()];
}
