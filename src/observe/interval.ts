import { COUNTED_COMMANDS } from "./commands.ts";
import { MinMax } from "./samples.ts";

/** How long an interval lasts, seconds. */
export const INTERVAL_SECONDS = 60;

/** Delays and rates of one command. */
export interface CommandInterval {
  /** Seconds a request took. */
  readonly delay: MinMax;
  /** Requests in each second. */
  readonly rate: MinMax;
}

/** One interval: figures that would drown in totals. */
export interface IntervalReading {
  /** Seconds that the calls which ended in it had lasted, together. */
  callSeconds: number;
  readonly sessions: MinMax;
  readonly commands: ReadonlyMap<string, CommandInterval>;
}

function emptyInterval(): IntervalReading {
  return {
    callSeconds: 0,
    sessions: new MinMax(),
    commands: new Map(COUNTED_COMMANDS.map(([name]) => [name, { delay: new MinMax(), rate: new MinMax() }])),
  };
}

/** Collects one interval and keeps the last whole one. */
export class IntervalMeter {
  #current: IntervalReading = emptyInterval();
  #last: IntervalReading = emptyInterval();
  #seconds = 0;
  readonly #thisSecond: Map<string, number> = new Map();

  /** The last interval that is over; the empty one before there is any. */
  get last(): IntervalReading {
    return this.#last;
  }

  request(command: string, seconds: number): void {
    this.#current.commands.get(command)?.delay.add(seconds);
    this.#thisSecond.set(command, (this.#thisSecond.get(command) ?? 0) + 1);
  }

  callEnded(seconds: number): void {
    this.#current.callSeconds += seconds;
  }

  /** Closes a second. @param sessions how many calls there are */
  second(sessions: number): void {
    for (const [command, { rate }] of this.#current.commands) rate.add(this.#thisSecond.get(command) ?? 0);
    this.#thisSecond.clear();
    this.#current.sessions.add(sessions);
    if (++this.#seconds < INTERVAL_SECONDS) return;
    this.#seconds = 0;
    this.#last = this.#current;
    this.#current = emptyInterval();
  }
}
