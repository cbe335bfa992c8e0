import { openSync } from "node:fs";
import koffi, { type LibraryHandle } from "koffi";
import { InvariantError, ProxyError } from "../base/errors.ts";
import { checked, lastErrno, SystemError } from "./errors.ts";
import * as libc from "./libc.ts";
import { closeDescriptor } from "./socket.ts";

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const LIBBPF_STRICT_ALL = 0xffffffff;
const BPF_TC_INGRESS = 1;

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
  readonly destroyTcHook: Call;
  readonly attachTc: Call;
  readonly destroyLink: Call;
  readonly updateElement: Call;
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
    destroyTcHook: call("bpf_tc_hook_destroy", "int", ["void *"]),
    attachTc: call("bpf_tc_attach", "int", ["void *", "void *"]),
    attachNetns: call("bpf_program__attach_netns", pointer, [pointer, "int"]),
    destroyLink: call("bpf_link__destroy", "int", [pointer]),
    updateElement: call("bpf_map_update_elem", "int", ["int", "void *", "void *", "uint64_t"]),
  };
  return loaded;
}

/** Memory shared with the kernel. `dispose` unmaps it; nobody may touch `bytes` after that. */
export interface SharedMapping {
  readonly bytes: Uint8Array;
  dispose(): void;
}

/** A BPF object file in the kernel: its maps and programs. `close` detaches and frees what it holds. */
export class BpfObject {
  readonly #object: number;
  readonly #links: number[] = [];
  readonly #tcHooks: Uint8Array[] = [];
  #isLoaded = false;

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
   * Runs a classifier on what arrives at a network interface, until `close`. Needs CAP_NET_ADMIN.
   *
   * ```
   *  bpf_tc_hook  size(8) interface(4) attach point(4) parent(4)
   *  bpf_tc_opts  size(8) program(4) flags(4) program id(4) handle(4) priority(4)
   * ```
   */
  attachToIngress(program: string, interfaceIndex: number): void {
    const hook = new Uint32Array([24, 0, interfaceIndex, BPF_TC_INGRESS, 0, 0]);
    const descriptor = checked("bpf_program__fd", libbpf().programDescriptor(this.#program(program)));
    const options = new Uint32Array([32, 0, descriptor, 0, 0, 1, 1, 0]);
    const hookBytes = new Uint8Array(hook.buffer);
    checked("bpf_tc_hook_create", libbpf().createTcHook(hookBytes));
    this.#tcHooks.push(hookBytes);
    checked("bpf_tc_attach", libbpf().attachTc(hookBytes, new Uint8Array(options.buffer)));
  }

  close(): void {
    for (const hook of this.#tcHooks.splice(0)) libbpf().destroyTcHook(hook);
    for (const link of this.#links.splice(0)) libbpf().destroyLink(link);
    libbpf().closeObject(this.#object);
  }

  #map(name: string): number {
    const map = libbpf().findMap(this.#object, name);
    if (map === 0) throw new InvariantError(`BPF object has no map ${name}`);
    return map;
  }

  #program(name: string): number {
    const program = libbpf().findProgram(this.#object, name);
    if (program === 0) throw new InvariantError(`BPF object has no program ${name}`);
    return program;
  }

  #descriptor(name: string): number {
    return checked("bpf_map__fd", libbpf().mapDescriptor(this.#map(name)), name);
  }
}
