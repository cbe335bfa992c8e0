import { OPTION_GROUPS, type Option, type OptionGroup } from "./option.ts";
import { MEDIA_OPTIONS } from "./options-media.ts";
import { NETWORK_OPTIONS } from "./options-network.ts";
import { RUNTIME_OPTIONS } from "./options-runtime.ts";
import { SERVICE_OPTIONS } from "./options-services.ts";

/**
 * The option table: every start option of upstream and ours, ordered by group.
 *
 * The parser, `--help`, `--config-test`, `rtpengine-ctl set` and the reference page all read it.
 */
export const OPTIONS: readonly Option[] = OPTION_GROUPS.flatMap((name) =>
  [...NETWORK_OPTIONS, ...RUNTIME_OPTIONS, ...MEDIA_OPTIONS, ...SERVICE_OPTIONS].filter(
    (option) => option.group === name,
  ),
);

const BY_NAME = new Map(OPTIONS.map((option) => [option.name, option]));
const BY_LETTER = new Map(OPTIONS.flatMap((option) => (option.short ? [[option.short, option]] : [])));

/** The option of that long name. */
export function findOption(name: string): Option | undefined {
  return BY_NAME.get(name);
}

/** The option of that letter. */
export function findOptionByLetter(letter: string): Option | undefined {
  return BY_LETTER.get(letter);
}

/** The options of a group, in table order. */
export function optionsOfGroup(name: OptionGroup): readonly Option[] {
  return OPTIONS.filter((option) => option.group === name);
}
