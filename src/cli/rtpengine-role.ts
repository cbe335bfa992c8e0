import { runConfigTest } from "../diagnose/config-test-run.ts";
import { runActivate } from "./role/activate.ts";
import { parseRoleArguments, ROLE_USAGE } from "./role/arguments.ts";
import { GivenError } from "./role/given.ts";
import { isExpected, runRole } from "./role/run.ts";

// The reader of a pipe may leave early (`rtpengine-role vars | head`).
process.stdout.on("error", () => process.exit(0));

const argv = process.argv.slice(2);
const isInternal = argv[0] === "config-test" || argv[0] === "activate";
const request = isInternal ? undefined : parseRoleArguments(argv);
if (argv[0] === "activate") {
  try {
    process.stdout.write(`${await runActivate(argv.slice(1))}\n`);
  } catch (error) {
    process.stderr.write(`rtpengine-role activate: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
} else if (argv[0] === "config-test") {
  // The rest is the daemon's own command line: `rtpengine --config-test` on hosts of upstream's daemon.
  const { output, exitCode } = await runConfigTest(argv.slice(1), "", "upstream");
  process.stdout.write(output);
  process.exitCode = exitCode;
} else if (request === undefined) {
  process.stdout.write(ROLE_USAGE);
} else if ("reason" in request) {
  process.stderr.write(
    `rtpengine-role: ${request.reason}\n\`rtpengine-role --help\` lists commands and options.\n`,
  );
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await runRole(request, {
      out: (text) => process.stdout.write(text),
      hasColor: process.stdout.isTTY && process.env.NO_COLOR === undefined,
    });
  } catch (error) {
    const text = isExpected(error) || error instanceof GivenError ? error.message : (error as Error).stack;
    process.stderr.write(`rtpengine-role: ${text}\n`);
    process.exitCode = 1;
  }
}
