import { BencodeError, decodeBencodeText, encodeBencodeText } from "../bencode.ts";
import { decodeLatin1 } from "../latin1.ts";
import { decodeNgMessage, NgFrameError } from "./message.ts";

const RIGHT_PING = `1_1 ${encodeBencodeText({ command: "ping" })}`;

/**
 * One line for the sender of a datagram that is no NG message: what is wrong with it, and what a ping looks like.
 *
 * @returns undefined when nothing is wrong
 */
export function explainBadNg(datagram: Uint8Array): string | undefined {
  try {
    decodeNgMessage(datagram);
    return undefined;
  } catch (error) {
    if (!(error instanceof NgFrameError)) throw error;
    return `This is no NG message: ${reasons(error, datagram).join(", and ")}. A ping looks like this: ${RIGHT_PING}`;
  }
}

function reasons(error: NgFrameError, datagram: Uint8Array): string[] {
  if (error.code === "E_NG_NO_COOKIE") {
    const text = decodeLatin1(datagram, 0, Math.min(datagram.length, 65_536));
    const missing = "it has no cookie (any word, then one space) before the dictionary";
    return [missing, ...dictionaryProblem(text)];
  }
  if (error.code === "E_NG_NO_PAYLOAD") return ["nothing follows the cookie and its space"];
  if (error.code === "E_NG_ENCODING") {
    return [
      "after the cookie and its space it has neither a bencode (`d...e`) nor a JSON (`{...}`) dictionary",
    ];
  }
  if (error.cause instanceof BencodeError) {
    return [`its bencode breaks at byte ${error.cause.offset}: ${error.cause.problem}`];
  }
  return ["its JSON does not parse"];
}

/** What is wrong with a dictionary that came without a cookie; empty when nothing is, or when it is none. */
function dictionaryProblem(text: string): string[] {
  const start = text.startsWith(" ") ? 1 : 0;
  if (text[start] !== "d") return [];
  try {
    decodeBencodeText(text, start);
    return [];
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    return [`its bencode breaks at byte ${error.offset}: ${error.problem}`];
  }
}
