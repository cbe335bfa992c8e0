import { HostError } from "../host/host.ts";

/** A secret as Ansible's `uri` gives it when it loops over places: what templates of both back ends read. */
export interface VaultReading {
  readonly results: readonly {
    /** `key`: the daemon's option; `value`: MOUNT/PATH#FIELD. */
    readonly item: { readonly key: string; readonly value: string };
    readonly json: { readonly data: { readonly data: Readonly<Record<string, string>> } };
  }[];
}

const TIMEOUT_MS = 10_000;

/**
 * Reads secrets of Vault's key-value store, version 2, over its HTTP API.
 *
 * @param places MOUNT/PATH#FIELD by option
 * @throws HostError that says which secret, and never what is in it
 */
export async function readVault(
  address: string,
  token: string,
  places: Readonly<Record<string, string>>,
): Promise<VaultReading> {
  const entries = Object.entries(places);
  const results = await Promise.all(
    entries.map(async ([key, value]) => {
      const [path = "", field = ""] = value.split("#");
      const data = await readSecret(address, token, path);
      const secret = data[field];
      if (typeof secret !== "string" || /[\r\n]/.test(secret)) {
        throw new HostError(`Vault: ${path} has no text of one line called ${field} (for ${key})`);
      }
      return { item: { key, value }, json: { data: { data: { [field]: secret } } } };
    }),
  );
  return { results };
}

async function readSecret(address: string, token: string, path: string): Promise<Record<string, unknown>> {
  const [mount = "", ...rest] = path.split("/");
  const url = `${address.replace(/\/$/, "")}/v1/${mount}/data/${rest.join("/")}`;
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { "X-Vault-Token": token },
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    const reason =
      cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new HostError(`Vault at ${address} cannot be asked for ${path}: ${reason}`, { cause });
  }
  if (response.status === 403)
    throw new HostError(`Vault does not let this token read ${path}: check rtpengine_vault_token`);
  if (response.status === 404)
    throw new HostError(`Vault has no secret ${path}: check rtpengine_vault_options`);
  if (!response.ok) throw new HostError(`Vault answers ${response.status} for ${path}`);
  const body = (await response.json().catch(() => undefined)) as {
    data?: { data?: Record<string, unknown> };
  };
  const data = body?.data?.data;
  if (data === undefined)
    throw new HostError(`Vault's answer for ${path} is not of a key-value store, version 2`);
  return data;
}

/** The secrets themselves, which nobody is to see. */
export function secretsOf(reading: VaultReading | undefined): string[] {
  return (reading?.results ?? []).flatMap(({ json }) => Object.values(json.data.data));
}
