import koffi, { type LibraryHandle } from "koffi";

/**
 * The C library, bound once. Private to `platform/`: nothing here checks lengths, the wrappers beside it do.
 *
 * Addresses are passed as plain numbers (`uintptr_t`): a third of the cost of passing a view.
 */
const library: LibraryHandle = koffi.load("libc.so.6");

type Call = (...args: number[]) => number;

const call = (name: string, args: readonly string[], result = "int"): Call =>
  library.func(name, result, [...args]) as unknown as Call;

export const socket: Call = call("socket", ["int", "int", "int"]);
export const bind: Call = call("bind", ["int", "uintptr_t", "uint"]);
export const connect: Call = call("connect", ["int", "uintptr_t", "uint"]);
export const getsockname: Call = call("getsockname", ["int", "uintptr_t", "uintptr_t"]);
export const setsockopt: Call = call("setsockopt", ["int", "int", "int", "uintptr_t", "uint"]);
export const getsockopt: Call = call("getsockopt", ["int", "int", "int", "uintptr_t", "uintptr_t"]);
export const dup3: Call = call("dup3", ["int", "int", "int"]);
export const close: Call = call("close", ["int"]);
export const recvmmsg: Call = call("recvmmsg", ["int", "uintptr_t", "uint", "int", "uintptr_t"]);
export const sendmmsg: Call = call("sendmmsg", ["int", "uintptr_t", "uint", "int"]);
export const sendto: Call = call(
  "sendto",
  ["int", "uintptr_t", "size_t", "int", "uintptr_t", "uint"],
  "long",
);
export const recvfrom: Call = call(
  "recvfrom",
  ["int", "uintptr_t", "size_t", "int", "uintptr_t", "uintptr_t"],
  "long",
);
export const epollCreate1: Call = call("epoll_create1", ["int"]);
export const epollCtl: Call = call("epoll_ctl", ["int", "int", "int", "uintptr_t"]);
export const epollWait: Call = call("epoll_wait", ["int", "uintptr_t", "int", "int"]);
export const eventfd: Call = call("eventfd", ["uint", "int"]);
export const read: Call = call("read", ["int", "uintptr_t", "size_t"], "long");
export const write: Call = call("write", ["int", "uintptr_t", "size_t"], "long");
export const schedSetscheduler: Call = call("sched_setscheduler", ["int", "int", "uintptr_t"]);
export const schedSetaffinity: Call = call("sched_setaffinity", ["int", "size_t", "uintptr_t"]);
export const clockGettime: Call = call("clock_gettime", ["int", "uintptr_t"]);
export const clockNanosleep: Call = call("clock_nanosleep", ["int", "int", "uintptr_t", "uintptr_t"]);
export const getrlimit: Call = call("getrlimit", ["int", "uintptr_t"]);
export const setrlimit: Call = call("setrlimit", ["int", "uintptr_t"]);
export const mmap: Call = call("mmap", ["uintptr_t", "size_t", "int", "int", "int", "long"], "intptr_t");
export const munmap: Call = call("munmap", ["uintptr_t", "size_t"]);
export const syscall: Call = call("syscall", ["long", "long", "uintptr_t", "size_t"], "long");
