/* Another run, for tests to kill while its host is up: node other-run.ts */
import { Rig } from "./rig.ts";
import { RUN } from "./run-folder.ts";

const rig = await Rig.open();
await rig.startHost();
process.stdout.write(`${RUN} is up\n`);
// The server's pipes would keep it alive too; this says that it is meant.
setInterval(() => {}, 1000);
