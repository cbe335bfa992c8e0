import { cli } from "./cli.ts";
import type { Command } from "./command.ts";
import { remove } from "./delete.ts";
import { list } from "./list.ts";
import { answer, offer } from "./offer-answer.ts";
import { query } from "./query.ts";

/** The verbs that are built, by name. Others are known (`NG_KEYS`) and refused by name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ping: () => ({ result: "pong" }),
  offer,
  answer,
  delete: remove,
  query,
  list,
  cli,
  statistics: (_request, { statistics }) => ({ statistics: statistics() }),
};

export type { Command, CommandContext } from "./command.ts";
