export {
  type CallReading,
  type MediaReading,
  type PartyReading,
  readCall,
  type StreamReading,
} from "./call-reading.ts";
export { NgClient, type NgClientOptions } from "./client.ts";
export { askDaemon, type CommandPort } from "./command-port.ts";
export {
  NgClientError,
  type NgClientErrorCode,
  NgLoadLimitError,
  NgRefusedError,
  NgTimeoutError,
} from "./errors.ts";
export type { AnswerRequest, CallKeys, DeleteRequest, SessionRequest } from "./requests.ts";
