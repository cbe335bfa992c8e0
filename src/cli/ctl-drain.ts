import { setTimeout as sleep } from "node:timers/promises";
import type { CtlStatus, CtlTerminal } from "./ctl.ts";
import type { CtlRequest } from "./ctl-arguments.ts";

const POLL_MS = 500;
const CLEAR_LINE = "\r\u001b[K";
const MAX_SECONDS = 7 * 24 * 3600;

/** How `drain` stands. */
interface DrainReading {
  readonly draining: boolean;
  readonly calls: number;
}

/** Seconds to wait in `drain --timeout SECONDS`; undefined when that is not the command. */
export function drainTimeout(command: string): number | { readonly reason: string } | undefined {
  const match = /^drain --?timeout(?:[ =]+(\S+))?$/.exec(command);
  if (match === null) return undefined;
  const seconds = Number(match[1] ?? "");
  if (match[1] === undefined || !(seconds >= 0 && seconds <= MAX_SECONDS)) {
    return { reason: `drain --timeout needs a number of seconds, at most ${MAX_SECONDS}` };
  }
  return seconds;
}

/**
 * Starts a drain and waits until no call is left.
 *
 * @returns 0 when none is, 1 when some are left after that time, or somebody ended the drain
 */
export async function runDrain(
  request: CtlRequest,
  terminal: CtlTerminal,
  seconds: number,
  pollMs: number = POLL_MS,
): Promise<CtlStatus> {
  const deadline = performance.now() + seconds * 1000;
  const ask = async (command: string): Promise<DrainReading> =>
    readDrain(await terminal.ask(request.target, `json ${command}`, request.timeoutMs));
  const isShown = !request.json && terminal.size() !== undefined;
  let reading = await ask("drain");
  while (reading.draining && reading.calls > 0 && !terminal.signal.aborted) {
    const left = deadline - performance.now();
    if (left <= 0) break;
    if (isShown) terminal.out(`${CLEAR_LINE}${callsLeft(reading)}, waiting ${Math.ceil(left / 1000)} s more`);
    await sleep(Math.min(pollMs, left), undefined, { signal: terminal.signal }).catch(() => {});
    reading = await ask("list drain");
  }
  const isEmpty = reading.draining && reading.calls === 0;
  if (request.json) terminal.out(`${JSON.stringify(reading)}\n`);
  else terminal.out(`${isShown ? CLEAR_LINE : ""}${verdict(reading)}\n`);
  return isEmpty ? 0 : 1;
}

function callsLeft({ calls }: DrainReading): string {
  return calls === 1 ? "1 call left" : `${calls} calls left`;
}

function verdict(reading: DrainReading): string {
  if (!reading.draining) return `The drain was ended by somebody else: ${callsLeft(reading)}`;
  return reading.calls === 0 ? "Drained: no call left" : `Still draining: ${callsLeft(reading)}`;
}

/** @throws Error with a sentence for the user when the daemon cannot drain */
function readDrain(answer: string): DrainReading {
  let value: unknown;
  try {
    value = JSON.parse(answer);
  } catch {
    // Said below.
  }
  const { draining, calls } = (value ?? {}) as Partial<DrainReading>;
  if (typeof draining !== "boolean" || typeof calls !== "number") {
    throw new Error(`the daemon does not know how to drain: ${answer.trim().slice(0, 200)}`);
  }
  return { draining, calls };
}
