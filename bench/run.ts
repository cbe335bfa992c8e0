import { callMemory } from "./call-memory.ts";
import { kernelFlows } from "./kernel-flows.ts";
import { kernelPps } from "./kernel-pps.ts";
import { kernelLatency, latency } from "./latency.ts";
import { offerRate } from "./offer-rate.ts";
import { relayPps } from "./relay-pps.ts";
import type { Benchmark } from "./support/benchmark.ts";
import { type Figure, type Figures, ratios } from "./support/figures.ts";
import { machine, versions } from "./support/machine.ts";

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  "offer-rate": offerRate,
  "call-memory": callMemory,
  "relay-pps": relayPps,
  latency,
  "kernel-pps": kernelPps,
  "kernel-latency": kernelLatency,
  "kernel-flows": kernelFlows,
};

const args = process.argv.slice(2);
const name = args.find((arg) => !arg.startsWith("-")) ?? "";
const isJson = args.includes("--json");
const rounds = Number(args.find((arg) => arg.startsWith("--rounds="))?.slice(9) ?? 5);
const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
if (!benchmark || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(
    `usage: npm run bench -- ${Object.keys(BENCHMARKS).join("|")} [--json] [--rounds=5]\n`,
  );
  process.exit(2);
}

const { ours, peer, beside, conditions } = await benchmark.measure(rounds, (text) =>
  process.stderr.write(`${text}\n`),
);
const result = {
  question: benchmark.question,
  machine: machine(),
  versions: versions(),
  ...(conditions && { conditions }),
  rounds,
  ours,
  peer,
  ...(beside && { beside }),
  ratio: ratios(ours, peer, benchmark.better),
};
if (isJson) process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
else process.stdout.write(table(result.question, { ours, peer, ...beside }, result.ratio));
process.exit(0);

function table(
  question: string,
  engines: Readonly<Record<string, Figures>>,
  ratio: Record<string, number>,
): string {
  const line = (first: string, cells: readonly string[], last: string): string =>
    `  ${first.padEnd(40)} ${cells.map((cell) => cell.padEnd(26)).join(" ")} ${last}`;
  const show = (value: Figure | undefined): string =>
    value ? `${value.median} (${value.min}–${value.max})` : "–";
  const rows = Object.keys(engines.ours ?? {}).map((key) =>
    line(
      key,
      Object.values(engines).map((figures) => show(figures[key])),
      String(ratio[key] ?? ""),
    ),
  );
  return `${[question, line("", Object.keys(engines), "ratio"), ...rows].join("\n")}\n`;
}
