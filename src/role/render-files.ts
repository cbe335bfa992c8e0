import type { Context } from "./expression.ts";
import { render } from "./expression.ts";
import { concerns, resolve, withDerived } from "./resolve.ts";
import type { Recipe } from "./resource.ts";

/** What stands for what only a host and Vault can tell. */
const UNKNOWN = { rc: 0, stdout: "UNKNOWN" };

/**
 * The files that the role would write for these variables, by path; nothing is looked up on a host, so what a host or
 * Vault would tell reads `UNKNOWN`.
 *
 * @param templates texts by name
 * @throws ExpressionError
 */
export function renderFiles(
  recipe: Recipe,
  variables: Context,
  templates: ReadonlyMap<string, string>,
): Map<string, string> {
  const all = recipe.sections.flatMap(({ resources }) => resources);
  const probed = all.flatMap((entry) => (entry.kind === "probe" ? [[entry.register, UNKNOWN] as const] : []));
  const context = withDerived(
    { ...variables, ...Object.fromEntries(probed), __rtpengine_vault: vaultOf(variables) },
    recipe.derived,
  );
  const files = new Map<string, string>();
  for (const { when, resources } of recipe.sections) {
    if (!concerns(when, context)) continue;
    for (const entry of resources) {
      if (entry.kind !== "template" || !concerns(entry.when, context)) continue;
      files.set(resolve(entry, context).path, render(templates.get(entry.template)!, context));
    }
  }
  return files;
}

/** As if Vault had been asked. */
function vaultOf({ rtpengine_vault_options }: Context): object {
  const places = Object.entries(rtpengine_vault_options as Readonly<Record<string, string>>);
  return {
    results: places.map(([key, value]) => {
      const field = value.split("#")[1]!;
      return { item: { key, value }, json: { data: { data: { [field]: UNKNOWN.stdout } } } };
    }),
  };
}
