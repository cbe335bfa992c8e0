import type { Resource } from "../resource.ts";
import { absent } from "./absent.ts";
import { group, user } from "./account.ts";
import { activation } from "./activation.ts";
import { command } from "./command.ts";
import { debFile } from "./deb-file.ts";
import { directory } from "./directory.ts";
import { download } from "./download.ts";
import type { Change, Kind, Workplace } from "./kind.ts";
import { link } from "./link.ts";
import { packages } from "./packages.ts";
import { daemonReload, restart, service } from "./service.ts";
import { template } from "./template.ts";

/** Resources that change something; the others only look. */
export type ChangingResource = Exclude<Resource, { kind: "check" | "probe" | "vault" | "note" | "verify" }>;

type Kinds = { readonly [K in ChangingResource["kind"]]: Kind<Extract<ChangingResource, { kind: K }>> };

export const KINDS: Kinds = {
  absent,
  activation,
  command,
  "daemon-reload": daemonReload,
  "deb-file": debFile,
  directory,
  download,
  group,
  link,
  packages,
  restart,
  service,
  template,
  user,
};

/** Compares a resolved resource with the host. */
export function planResource(resource: ChangingResource, workplace: Workplace): Promise<Change | undefined> {
  const kind = KINDS[resource.kind] as Kind<ChangingResource>;
  return kind.plan(resource, workplace);
}
