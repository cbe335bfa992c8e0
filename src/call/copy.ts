import type { Call, Media, Monologue, PortMap, Stream } from "./model.ts";

const copyStream = (stream: Stream): Stream => ({ ...stream });
const copyPortMap = (map: PortMap): PortMap => ({ ...map });

const copyMedia = (media: Media): Media => ({
  ...media,
  portMaps: media.portMaps.map(copyPortMap),
  streams: media.streams.map(copyStream),
  subscriptions: media.subscriptions.slice(),
});

const copyMonologue = (monologue: Monologue | undefined): Monologue | undefined =>
  monologue && {
    ...monologue,
    tagAliases: monologue.tagAliases.slice(),
    associated: monologue.associated.slice(),
    medias: monologue.medias.slice(),
  };

/** A copy that can be changed without the original noticing. What is `readonly` in the model is shared. */
export function copyCall(call: Call): Call {
  return {
    ...call,
    monologues: call.monologues.map(copyMonologue),
    medias: call.medias.map(copyMedia),
    aliases: call.aliases.slice(),
  };
}
