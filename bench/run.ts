import { callMemory } from "./call-memory.ts";
import { offerRate } from "./offer-rate.ts";
import type { Benchmark } from "./support/benchmark.ts";
import { type Figures, ratios } from "./support/figures.ts";
import { machine, versions } from "./support/machine.ts";

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  "offer-rate": offerRate,
  "call-memory": callMemory,
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

const { ours, peer, beside } = await benchmark.measure(rounds, (text) => process.stderr.write(`${text}\n`));
const result = {
  question: benchmark.question,
  machine: machine(),
  versions: versions(),
  rounds,
  ours,
  peer,
  ...(beside && { beside }),
  ratio: ratios(ours, peer, benchmark.better),
};
if (isJson) process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
else process.stdout.write(table(result.question, ours, peer, result.ratio));
process.exit(0);

function table(question: string, a: Figures, b: Figures, ratio: Record<string, number>): string {
  const rows = Object.keys(a).map((key) => {
    const show = (figures: Figures): string => {
      const value = figures[key];
      return value ? `${value.median} (${value.min}–${value.max})` : "–";
    };
    return `  ${key.padEnd(34)} ${show(a).padEnd(26)} ${show(b).padEnd(26)} ${ratio[key] ?? ""}`;
  });
  return `${question}\n  ${"".padEnd(34)} ${"ours".padEnd(26)} ${"peer".padEnd(26)} ratio\n${rows.join("\n")}\n`;
}
