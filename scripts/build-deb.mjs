// npm run build:deb [-- --arch amd64|arm64] [--out FOLDER] [--level N]: the Debian packages, for both architectures.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildBpf, installModules, installPackages, PACKAGES, projectNode, ROOT } from "./setup.mjs";

installModules();
installPackages(PACKAGES.packaging, "compiling the eBPF program and building packages");
buildBpf();
const { status } = spawnSync(
  projectNode(),
  [
    "--disable-warning=ExperimentalWarning",
    join(ROOT, "scripts", "deb", "build.ts"),
    ...process.argv.slice(2),
  ],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
