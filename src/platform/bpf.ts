import { openSync } from "node:fs";
import koffi, { type LibraryHandle } from "koffi";
import { InvariantError, ProxyError } from "../base/errors.ts";
import { checked, Errno, lastErrno, SystemError } from "./errors.ts";
import * as libc from "./libc.ts";
import { ForeignMemory } from "./memory.ts";
import { closeDescriptor } from "./socket.ts";

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const LIBBPF_STRICT_ALL = 0xffffffff;
const BPF_TC_INGRESS = 1;
const BPF_TC_REPLACE = 1;
/** What the kernel gives the first filter that has no priority of its own. */
const FILTER_PRIORITY = 0xc000;
const BPF_TCX_INGRESS = 46;
const BPF_LINK_CREATE = 28;
const BPF_OBJ_GET_INFO_BY_FD = 15;
/** Number of the `bpf` system call. */
const SYS_BPF: number = process.arch === "arm64" ? 280 : 321;

type Call = (...args: (number | string | Uint8Array | null)[]) => number;

interface Libbpf {
  readonly openMemory: Call;
  readonly load: Call;
  readonly closeObject: Call;
  readonly findMap: Call;
  readonly mapDescriptor: Call;
  readonly setMaxEntries: Call;
  readonly findProgram: Call;
  readonly programDescriptor: Call;
  readonly attachNetns: Call;
  readonly createTcHook: Call;
  readonly attachTc: Call;
  readonly queryTc: Call;
  readonly detachTc: Call;
  readonly destroyLink: Call;
  readonly updateElement: Call;
  readonly testRun: Call;
}

let loaded: Libbpf | undefined;

/** The system's libbpf is missing or too old. */
export class LibbpfMissingError extends ProxyError {
  constructor(cause: unknown) {
    super("E_LIBBPF", "libbpf.so.1 cannot be loaded", { cause });
  }
}

/** Binds libbpf on first use: a host without it still runs, without the parts that need it. */
function libbpf(): Libbpf {
  if (loaded !== undefined) return loaded;
  let library: LibraryHandle;
  try {
    library = koffi.load("libbpf.so.1");
  } catch (cause) {
    throw new LibbpfMissingError(cause);
  }
  const call = (name: string, result: string, args: string[]): Call =>
    library.func(name, result, args) as unknown as Call;
  const pointer = "uintptr_t";
  call("libbpf_set_strict_mode", "int", ["uint32_t"])(LIBBPF_STRICT_ALL);
  call("libbpf_set_print", pointer, [pointer])(0);
  loaded = {
    openMemory: call("bpf_object__open_mem", pointer, ["void *", "size_t", pointer]),
    load: call("bpf_object__load", "int", [pointer]),
    closeObject: call("bpf_object__close", "void", [pointer]),
    findMap: call("bpf_object__find_map_by_name", pointer, [pointer, "str"]),
    mapDescriptor: call("bpf_map__fd", "int", [pointer]),
    setMaxEntries: call("bpf_map__set_max_entries", "int", [pointer, "uint32_t"]),
    findProgram: call("bpf_object__find_program_by_name", pointer, [pointer, "str"]),
    programDescriptor: call("bpf_program__fd", "int", [pointer]),
    createTcHook: call("bpf_tc_hook_create", "int", ["void *"]),
    attachTc: call("bpf_tc_attach", "int", ["void *", "void *"]),
    queryTc: call("bpf_tc_query", "int", ["void *", "void *"]),
    detachTc: call("bpf_tc_detach", "int", ["void *", "void *"]),
    attachNetns: call("bpf_program__attach_netns", pointer, [pointer, "int"]),
    destroyLink: call("bpf_link__destroy", "int", [pointer]),
    testRun: call("bpf_prog_test_run_opts", "int", ["int", "uintptr_t"]),
    updateElement: call("bpf_map_update_elem", "int", ["int", "void *", "void *", "uint64_t"]),
  };
  return loaded;
}

/** Memory shared with the kernel. `dispose` unmaps it; nobody may touch `bytes` after that. */
export interface SharedMapping {
  readonly bytes: Uint8Array;
  dispose(): void;
}

/** How a program sits at an interface: `tcx` shares it with others in order, `clsact` as one filter among theirs. */
export type IngressHook = "tcx" | "clsact";

/** A program at a network interface. */
export interface IngressAttachment {
  readonly hook: IngressHook;
  /** Whether it is still there: the interface may be gone, or somebody has taken the program away. */
  isAttached(): boolean;
  /** Takes it away. */
  detach(): void;
}

const TEST_OPTIONS_BYTES = 80;
const TEST_FRAME_AT = 128;
const TEST_FRAME_BYTES = 4096;

/** What became of a frame. */
export interface TestRun {
  /** The program's verdict (`TC_ACT_*`). */
  readonly action: number;
  readonly frame: Uint8Array;
  /** Mean time of a run. */
  readonly nanoseconds: number;
}

/** A BPF object file in the kernel: its maps and programs. `close` frees what it holds. */
export class BpfObject {
  readonly #object: number;
  readonly #links: number[] = [];
  #isLoaded = false;
  /** libbpf frees what is closed; closing that again would corrupt the process. */
  #isClosed = false;

  /** Reads an object file's bytes; nothing reaches the kernel before `load`. */
  constructor(file: Uint8Array) {
    this.#object = libbpf().openMemory(file, file.length, 0);
    if (this.#object === 0) throw new SystemError("bpf_object__open_mem", lastErrno());
  }

  /** Sets the size of a map. Before `load`. */
  setMaxEntries(map: string, entries: number): void {
    if (this.#isLoaded) throw new InvariantError("BPF map is already made");
    checked("bpf_map__set_max_entries", libbpf().setMaxEntries(this.#map(map), entries), map);
  }

  /** Creates the maps and verifies the programs. */
  load(): void {
    checked("bpf_object__load", libbpf().load(this.#object));
    this.#isLoaded = true;
  }

  /** Writes one element. The lengths must be those the map was declared with; the kernel reads that many. */
  update(map: string, key: Uint8Array, keyBytes: number, value: Uint8Array, valueBytes: number): void {
    if (key.length !== keyBytes || value.length !== valueBytes) {
      throw new InvariantError(`BPF map ${map}: key or value has the wrong length`);
    }
    checked("bpf_map_update_elem", libbpf().updateElement(this.#descriptor(map), key, value, 0), map);
  }

  /** Maps a `BPF_F_MMAPABLE` array into memory. `byteLength` is its whole size. */
  mapMemory(map: string, byteLength: number): SharedMapping {
    const length = (byteLength + 4095) & ~4095;
    const address = libc.mmap(0, length, PROT_READ_WRITE, MAP_SHARED, this.#descriptor(map), 0);
    if (address === -1) throw new SystemError("mmap", lastErrno(), map);
    return {
      bytes: new Uint8Array(koffi.view(address, byteLength)),
      dispose: () => void libc.munmap(address, length),
    };
  }

  /** Attaches a program to this thread's network namespace, until `close`. */
  attachToNetworkNamespace(program: string): void {
    const handle = this.#program(program);
    const namespace = openSync("/proc/thread-self/ns/net", "r");
    const link = libbpf().attachNetns(handle, namespace);
    const errno = lastErrno();
    closeDescriptor(namespace);
    if (link === 0) throw new SystemError("bpf_program__attach_netns", errno);
    this.#links.push(link);
  }

  /**
   * Runs a classifier on what arrives at a network interface, until `detach`: by tcx where the kernel has it (Linux
   * 6.6), which ends with this process, else as a filter of `clsact`, which does not. Needs CAP_NET_ADMIN.
   *
   * @param handle names a filter of `clsact`: one of that name is replaced, for it is what a process left that was killed
   * @param best `clsact`: as if the kernel had no tcx
   */
  attachToIngress(
    program: string,
    interfaceIndex: number,
    handle: number,
    best: IngressHook = "tcx",
  ): IngressAttachment {
    const descriptor = checked("bpf_program__fd", libbpf().programDescriptor(this.#program(program)));
    const link = best === "tcx" ? createTcxLink(descriptor, interfaceIndex) : -1;
    return link >= 0 ? new TcxLink(link) : new ClassifierFilter(descriptor, interfaceIndex, handle);
  }

  /**
   * Runs a classifier on a frame of nobody's, `repeat` times (`BPF_PROG_TEST_RUN`).
   *
   * ```
   *  size(8) data in(8) data out(8) bytes in(4) bytes out(4) context in(8) out(8) bytes(4) (4)
   *  return value(4) repeat(4) duration(4) flags(4) cpu(4) batch(4)
   * ```
   *
   * @returns what it decided, the frame it left, and how long one run took
   */
  testRun(program: string, frame: Uint8Array, repeat = 1): TestRun {
    const memory = new ForeignMemory(TEST_FRAME_AT + 2 * TEST_FRAME_BYTES);
    if (frame.length > TEST_FRAME_BYTES) throw new InvariantError("frame too long for a test run");
    memory.bytes.set(frame, TEST_FRAME_AT);
    const outputAt = TEST_FRAME_AT + TEST_FRAME_BYTES;
    memory.writePointer(0, TEST_OPTIONS_BYTES);
    memory.writePointer(8, memory.addressOf(TEST_FRAME_AT, frame.length));
    memory.writePointer(16, memory.addressOf(outputAt, TEST_FRAME_BYTES));
    memory.words32.set([frame.length, TEST_FRAME_BYTES], 6);
    memory.words32[15] = repeat;
    const descriptor = checked("bpf_program__fd", libbpf().programDescriptor(this.#program(program)));
    const result = libbpf().testRun(descriptor, memory.addressOf(0, TEST_OPTIONS_BYTES));
    if (result < 0) throw new SystemError("bpf_prog_test_run_opts", -result);
    const length = memory.words32[7]!;
    return {
      action: memory.words32[14]!,
      frame: memory.bytes.slice(outputAt, outputAt + length),
      nanoseconds: memory.words32[16]!,
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const link of this.#links.splice(0)) libbpf().destroyLink(link);
    libbpf().closeObject(this.#object);
  }

  #map(name: string): number {
    if (this.#isClosed) throw new InvariantError("BPF object is closed");
    const map = libbpf().findMap(this.#object, name);
    if (map === 0) throw new InvariantError(`BPF object has no map ${name}`);
    return map;
  }

  #program(name: string): number {
    if (this.#isClosed) throw new InvariantError("BPF object is closed");
    const program = libbpf().findProgram(this.#object, name);
    if (program === 0) throw new InvariantError(`BPF object has no program ${name}`);
    return program;
  }

  #descriptor(name: string): number {
    return checked("bpf_map__fd", libbpf().mapDescriptor(this.#map(name)), name);
  }
}

/**
 * `bpf(BPF_LINK_CREATE)`: Debian 12's libbpf does not know tcx.
 *
 * ```
 *  program(4) interface(4) attach type(4) flags(4) relative to(4) pad(4) expected revision(8)
 * ```
 *
 * @returns the link's descriptor; negative where the kernel knows no tcx
 */
function createTcxLink(program: number, interfaceIndex: number): number {
  const attributes = new ForeignMemory(64);
  attributes.words32.set([program, interfaceIndex, BPF_TCX_INGRESS, 0]);
  const descriptor = libc.syscall(SYS_BPF, BPF_LINK_CREATE, attributes.addressOf(0, 64), 64);
  // Read after the call, so that the memory is there while it runs.
  return attributes.words32[0] === program ? descriptor : -1;
}

/** It lives as long as its descriptor. */
class TcxLink implements IngressAttachment {
  readonly hook = "tcx";
  #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /**
   * ```
   *  attributes     descriptor(4) bytes(4) where(8)
   *  bpf_link_info  type(4) id(4) program id(4) pad(4) interface(4), 0 when that is gone
   * ```
   */
  isAttached(): boolean {
    const memory = new ForeignMemory(64 + LINK_INFO_BYTES);
    memory.words32.set([this.#descriptor, LINK_INFO_BYTES]);
    memory.writePointer(8, memory.addressOf(64, LINK_INFO_BYTES));
    const result = libc.syscall(SYS_BPF, BPF_OBJ_GET_INFO_BY_FD, memory.addressOf(0, 16), 16);
    return result === 0 && memory.words32[16 + 4] !== 0;
  }

  detach(): void {
    if (this.#descriptor >= 0) closeDescriptor(this.#descriptor);
    this.#descriptor = -1;
  }
}

const LINK_INFO_BYTES = 64;

/**
 * ```
 *  bpf_tc_hook  size(8) interface(4) attach point(4) parent(4)
 *  bpf_tc_opts  size(8) program(4) flags(4) program id(4) handle(4) priority(4)
 * ```
 *
 * Its priority comes after whatever somebody has put there on purpose. Should a filter of another kind have that one,
 * handle and priority are left to the kernel.
 */
class ClassifierFilter implements IngressAttachment {
  readonly hook = "clsact";
  readonly #hook: Uint8Array;
  readonly #programId: number;
  readonly #handle: number;
  readonly #priority: number;

  constructor(program: number, interfaceIndex: number, handle: number) {
    this.#hook = new Uint8Array(new Uint32Array([24, 0, interfaceIndex, BPF_TC_INGRESS, 0, 0]).buffer);
    const created = libbpf().createTcHook(this.#hook);
    if (created < 0 && created !== -Errno.EEXIST) throw new SystemError("bpf_tc_hook_create", -created);
    let options = new Uint32Array([32, 0, program, BPF_TC_REPLACE, 0, handle, FILTER_PRIORITY, 0]);
    if (libbpf().attachTc(this.#hook, new Uint8Array(options.buffer)) < 0) {
      options = new Uint32Array([32, 0, program, 0, 0, 0, 0, 0]);
      const attached = libbpf().attachTc(this.#hook, new Uint8Array(options.buffer));
      if (attached < 0) throw new SystemError("bpf_tc_attach", -attached);
    }
    [this.#programId, this.#handle, this.#priority] = [options[4]!, options[5]!, options[6]!];
  }

  isAttached(): boolean {
    const options = this.#options();
    const result = libbpf().queryTc(this.#hook, new Uint8Array(options.buffer));
    return result === 0 && options[4] === this.#programId;
  }

  /** The hook stays: others may have come to use it, and empty it costs nothing. What is not ours any more stays too. */
  detach(): void {
    if (this.isAttached()) libbpf().detachTc(this.#hook, new Uint8Array(this.#options().buffer));
  }

  /** By which the filter is found; anything else must be 0. */
  #options(): Uint32Array<ArrayBuffer> {
    return new Uint32Array([32, 0, 0, 0, 0, this.#handle, this.#priority, 0]);
  }
}
