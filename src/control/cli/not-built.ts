import { CLI_ERRORS, type CliCommand } from "./command.ts";

const KEYSPACES = "Keyspace notification feature has not been configured.";
const NO_SHARING = "calls are not shared with other instances; those there are, are owned";
const NO_PLAYER = "media cannot be played, so nothing is kept for it";

const refused = (words: string, help: string, text: string, params?: string): CliCommand => ({
  words,
  help,
  ...(params === undefined ? {} : { params }),
  isBuilt: false,
  run: () => {
    throw CLI_ERRORS.refused(text);
  },
});

const notBuilt = (words: string, help: string, what: string, params?: string): CliCommand =>
  refused(words, help, CLI_ERRORS.notBuilt(what).message, params);

/** Commands of upstream whose subject does not exist here yet. */
export const NOT_BUILT_COMMANDS: readonly CliCommand[] = [
  refused("ksadd", "subscribe to 'keyspace' database", KEYSPACES, "<uint>"),
  refused(
    "ksrm",
    "unsubscribe to 'keyspace' database and remove all foreign calls for that 'keyspace'",
    KEYSPACES,
    "<uint>",
  ),
  refused("kslist", "print all currently subscribed keyspaces", KEYSPACES),
  notBuilt("active", "set all running sessions to 'owned'", NO_SHARING),
  notBuilt("standby", "set all running sessions to 'foreign'", NO_SHARING),
  notBuilt(
    "media",
    "list, add, reload or evict cached media",
    NO_PLAYER,
    "list | add | reload | evict <option>",
  ),
];
