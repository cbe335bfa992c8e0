import { answer, type CliAnswer, type CliCommand, type CliContext } from "./command.ts";

/** Refusing new calls so that the process can end without ending one. */
export const DRAIN_COMMANDS: readonly CliCommand[] = [
  {
    words: "drain",
    help: "refuse new calls from now on; those there are go on",
    isOwn: true,
    run: (_rest, context) => setDraining(context, true),
  },
  {
    words: "drain off",
    help: "take new calls again",
    isOwn: true,
    run: (_rest, context) => setDraining(context, false),
  },
  {
    words: "list drain",
    help: "print whether new calls are refused, and how many calls are left",
    isOwn: true,
    run: (_rest, context) => describe(context),
  },
];

function setDraining(context: CliContext, isDraining: boolean): CliAnswer {
  const { engine, log } = context;
  if (engine.isDraining !== isDraining) {
    engine.isDraining = isDraining;
    const text = isDraining ? "Draining: new calls are refused" : "No longer draining: new calls are taken";
    log.notice("drain", text, { calls: engine.size });
  }
  return describe(context);
}

function describe({ engine }: CliContext): CliAnswer {
  const { isDraining, size } = engine;
  const calls = size === 1 ? "1 call" : `${size} calls`;
  return answer([isDraining ? `Draining: ${calls} left` : `Not draining: ${calls}`], {
    draining: isDraining,
    calls: size,
  });
}
