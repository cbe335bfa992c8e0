// npm run test:role:vm [-- FILTER ...]: all set-up, then what the role does to hosts with kernels of their own (root;
// emulated, so minutes each time and up to half an hour the first).
import { spawn } from "node:child_process";
import { join } from "node:path";
import { installModules, installPackages, PACKAGES, projectNode, ROOT } from "./setup.mjs";

installModules();
installPackages([...PACKAGES.role, ...PACKAGES.vm], "the emulated hosts that the role is tested on");

const env = {
  ...process.env,
  PATH: `${join(projectNode(), "..")}:${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`,
};
const args = ["run", "--project", "role-vm", ...process.argv.slice(2)];
const child = spawn(join(ROOT, "node_modules", ".bin", "vitest"), args, { cwd: ROOT, stdio: "inherit", env });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
