import { readFileSync } from "node:fs";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** Version of this package. */
export const VERSION: string = version;

/** How we name ourselves in SDP and elsewhere; upstream's clients expect it to begin thus. */
export const SOFTWARE: string = `rtpengine-ts-${version}`;
