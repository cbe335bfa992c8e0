import type { Resource, Section } from "../resource.ts";
import { LEDGER, ledger } from "./ledger.ts";

/** Files that no resource names: scripts of the role's write them. */
const WRITTEN_BY_SCRIPTS = [
  "/etc/nftables.d/rtpengine.nft",
  "/opt/rtpengine",
  "{{ rtpengine_build_dir }}",
  "/usr/src/rtpengine-source.failed",
  "/usr/src/rtpengine-source.log",
];

/** What the engine's package needs: Ansible's module asks for it by name, as if somebody wanted it for itself. */
const NEEDED_BY_OURS = ["adduser", "init-system-helpers", "libbpf1"];

/** Before anything is touched: what is at the paths that the role may change, and which packages there are. */
export function noteBefore(sections: readonly Section[]): Section {
  const paths = sections.flatMap(({ resources }) => resources.flatMap(pathOf));
  return {
    name: "note",
    title: "Note what is there before the role",
    resources: [
      {
        kind: "note",
        name: "Note what is there",
        argv: ledger("begin", ...new Set([...paths, ...WRITTEN_BY_SCRIPTS])),
        keeps: LEDGER,
      },
    ],
  };
}

/** Once all are installed: which packages have come. */
export function notePackages(sections: readonly Section[]): Section {
  const names = sections.flatMap(({ resources }) => resources.flatMap(packagesOf));
  return {
    name: "note_packages",
    title: "Note which packages have come",
    resources: [
      {
        kind: "note",
        name: "Note which packages have come",
        argv: ledger("settle", ...new Set([...names, ...NEEDED_BY_OURS])),
      },
    ],
  };
}

function pathOf(resource: Resource): string[] {
  switch (resource.kind) {
    case "template":
    case "link":
    case "absent":
    case "directory":
    case "download":
      return [resource.path];
    default:
      return [];
  }
}

function packagesOf(resource: Resource): readonly string[] {
  if (resource.kind === "deb-file") return [resource.packageName];
  return resource.kind === "packages" ? resource.packages : [];
}
