export type { MediaInterface } from "../base/media-interface.ts";
