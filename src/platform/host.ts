import { cpus, loadavg } from "node:os";

/** The one-minute load average. */
export function loadAverage(): number {
  return loadavg()[0] ?? 0;
}

/** Follows how busy all CPUs are together. */
export class CpuMeter {
  #busy = 0;
  #total = 0;
  #percent = 0;

  /** Share of CPU time spent working since the last call, per cent. */
  sample(): number {
    let busy = 0;
    let total = 0;
    for (const { times } of cpus()) {
      const all = times.user + times.nice + times.sys + times.idle + times.irq;
      total += all;
      busy += all - times.idle;
    }
    const elapsed = total - this.#total;
    if (elapsed > 0) this.#percent = (100 * (busy - this.#busy)) / elapsed;
    this.#busy = busy;
    this.#total = total;
    return this.#percent;
  }
}
