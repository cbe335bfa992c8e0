/*
 * Conditions that several sections ask, in Jinja. `when` lists are joined by "and".
 */

/** Upstream's daemon, from wherever. */
export const UPSTREAM = "rtpengine_install_method != 'node'";
export const PACKAGE = "rtpengine_install_method == 'package'";
export const SOURCE = "rtpengine_install_method == 'source'";
/** This project's engine. */
export const NODE = "rtpengine_install_method == 'node'";

/** The role is to be there; else it is taken away. */
export const PRESENT = "rtpengine_state == 'present'";
export const ENABLED = "rtpengine_enabled | bool";
export const MODULE = "rtpengine_kernel_module | bool";
export const RECORDS = "rtpengine_recording_enabled | bool";
/** The recording daemon writes the files, not the daemon itself. */
export const RECORDS_APART = "rtpengine_recording_enabled | bool and rtpengine_recording_method != 'pcap'";
export const TRANSCODES = "rtpengine_transcode_enabled | bool";
export const TOOLS = "rtpengine_tools | bool";
export const LOGS_TO_FILE = "rtpengine_log_file != ''";
