import type { NgFlags } from "../../wire/ng/flags.ts";
import { CALL_ERRORS } from "../errors.ts";
import { transportProtocol } from "../protocols.ts";
import type { SignalledSession } from "../session.ts";

/**
 * Refuses what this version would do only in part: a call that is set up wrongly is worse than one that
 * is refused with the reason.
 *
 * @throws CallError that names what is missing
 */
export function assertSupported(session: SignalledSession, flags: NgFlags): void {
  if (flags.ice === "force" || flags.ice === "force-relay" || flags.ice === "optional") {
    throw CALL_ERRORS.notBuilt(`ICE=${flags.ice}`);
  }
  if (flags.webrtc) throw CALL_ERRORS.notBuilt("WebRTC (ICE, DTLS-SRTP)");
  if (flags.dtls === "active" || (flags.dtls === "passive" && !flags.dtlsOff)) {
    const hasSecure = session.medias.some(({ protocol }) => protocol?.isSecure);
    if (hasSecure) throw CALL_ERRORS.notBuilt(`DTLS=${flags.dtls}`);
  }
  const wanted = flags.transportProtocol;
  for (const { protocol, rtp } of session.medias) {
    if (!protocol?.isRtp || rtp.port === 0) continue;
    if (wanted !== undefined && transportProtocol(wanted)?.name !== protocol.name) {
      throw CALL_ERRORS.notBuilt(`Changing ${protocol.name} to ${wanted}`);
    }
    if (protocol.isSecure) throw CALL_ERRORS.notBuilt(`${protocol.name} (SRTP)`);
  }
  const { transcode, mask, consume, accept, set } = flags.codec;
  if (
    flags.alwaysTranscode ||
    transcode.length + mask.length + consume.length + accept.length + set.length > 0
  ) {
    throw CALL_ERRORS.notBuilt("Transcoding");
  }
}
