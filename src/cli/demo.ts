import { runDemo } from "./demo/demo.ts";

const controller = new AbortController();
const stop = (): void => controller.abort();
// A terminal sends the signal to us and to whoever started us, who passes it on: the second one changes nothing.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
// Nobody reads any more: a closed terminal, or a pipe whose reader has left.
process.stdout.on("error", stop);
process.stderr.on("error", stop);

const code = await runDemo(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  columns: () => (process.stdout.isTTY ? process.stdout.columns : undefined),
  signal: controller.signal,
});
process.exit(code);
