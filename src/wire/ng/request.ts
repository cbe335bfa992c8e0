import { RequestDraft, textOf } from "./draft.ts";
import { parseFlagString } from "./flag-string.ts";
import { findNgKey } from "./keys.ts";
import { canonicalName } from "./names.ts";
import { readDirection, readFlag, settleTransport } from "./request-flags.ts";
import { KEY_READERS } from "./request-keys.ts";
import { readCodecOperation } from "./request-options.ts";
import { type NgRequest, NgRequestError, type NgRequestOptions } from "./request-types.ts";
import type { NgDictionary, NgValue } from "./value.ts";

export type * from "./flags.ts";
export { NG_KEYS } from "./keys.ts";
export type { NgKeyEntry, NgKeyKind, NgKeyStatus } from "./names.ts";
export { type NgRequest, NgRequestError, type NgRequestOptions } from "./request-types.ts";

/**
 * Reads the dictionary of an NG message.
 *
 * Lenient, as the clients are used to: a word that is not known, or a value of the wrong type, is recorded in
 * `unknownKeys` or left out, and the rest counts. Later keys override earlier ones.
 *
 * @throws NgRequestError when there is no command
 */
export function parseNgRequest(dictionary: NgDictionary, options: NgRequestOptions = {}): NgRequest {
  const command = dictionary.command;
  if (typeof command !== "string") {
    throw new NgRequestError("E_NG_NO_COMMAND", 'Dictionary contains no key "command"');
  }
  const draft = new RequestDraft(command, options);
  for (const defaults of options.defaults?.(command) ?? []) readFlagString(draft, defaults);
  for (const key of Object.keys(dictionary)) readKey(draft, key, dictionary[key] as NgValue);
  const { fromInterface, toInterface } = draft.flags;
  if (fromInterface !== undefined && toInterface !== undefined) {
    draft.flags.direction = [fromInterface, toInterface];
  }
  return draft.request as NgRequest;
}

function readKey(draft: RequestDraft, key: string, value: NgValue): void {
  const entry = findNgKey("key", key);
  if (entry === undefined) {
    draft.noteUnknown(key);
    return;
  }
  draft.noteEntry(entry);
  const name = entry.canonical;
  if (name === "flags") {
    readFlags(draft, value);
    return;
  }
  const text = textOf(value);
  if (name === "rtpp-flags") {
    draft.flags.hasFlagString = true;
    if (text !== undefined) readFlagString(draft, text);
  } else if (name === "template") {
    if (text !== undefined) readTemplate(draft, text);
  } else {
    KEY_READERS[name]?.(draft, value);
    if (name === "label" && canonicalName(key) === "from-label" && text !== undefined) {
      draft.request.fromLabel = text;
    }
  }
}

/** `flags`: a list of flags (spaces inside one are part of it), or a string of them. */
function readFlags(draft: RequestDraft, value: NgValue): void {
  if (typeof value === "string") {
    // With commas between, as upstream has it; a part that is no flag as a whole is a flag string.
    for (const part of value.split(",")) {
      const flag = part.trim();
      if (findNgKey("flag", flag) === undefined) readFlagString(draft, part);
      else readFlag(draft, flag);
    }
  } else if (Array.isArray(value)) {
    draft.directionCount = 0;
    for (const flag of value) {
      const text = textOf(flag);
      if (text !== undefined && !readFlag(draft, text)) readUnusualFlag(draft, text);
    }
  }
  settleTransport(draft);
}

/** A flag that is none by itself: `KEY=VALUE`, or nothing we know. */
function readUnusualFlag(draft: RequestDraft, text: string): void {
  const equals = text.indexOf("=");
  if (equals > 0 && findNgKey("key", text.slice(0, equals)) !== undefined) readFlagString(draft, text);
  else draft.noteUnknown(`flags: ${text}`);
}

function readTemplate(draft: RequestDraft, name: string): void {
  draft.flags.template = name;
  const template = draft.options.template?.(name);
  if (template === undefined) {
    draft.noteUnknown(`template: ${name}`);
    return;
  }
  if (draft.templates.has(name)) return;
  draft.templates.add(name);
  readFlagString(draft, template);
  draft.templates.delete(name);
}

const CODEC_KEY = /^codec[-_](transcode|strip|offer|mask|set|accept|except|consume|ignore)$/i;

function readFlagString(draft: RequestDraft, text: string): void {
  draft.directionCount = 0;
  for (const { key, value } of parseFlagString(text)) {
    if (value === undefined) {
      if (!readFlag(draft, key)) draft.noteUnknown(`flags: ${key}`);
    } else {
      readFlagPair(draft, key, value);
    }
  }
  settleTransport(draft);
}

/** `KEY=VALUE` of a flag string, where some keys mean more than in the dictionary. */
function readFlagPair(draft: RequestDraft, key: string, value: NgValue): void {
  const name = canonicalName(key);
  const operation = name === "transcode" ? "transcode" : CODEC_KEY.exec(key)?.[1];
  if (operation !== undefined) {
    readCodecOperation(draft, operation, value);
    return;
  }
  if (name === "direction" && typeof value === "string") {
    readDirection(draft, value);
    return;
  }
  // Naming a tag here is a wish to have it honoured, which a client's automatic `from-tag` key is not.
  if (name === "from-tag") draft.flags.directional = true;
  if (name === "to-tag") draft.flags.honoursToTag = true;
  if (
    findNgKey("key", key) === undefined &&
    typeof value === "string" &&
    readFlag(draft, `${key}=${value}`)
  ) {
    return;
  }
  readKey(draft, key, value);
}
