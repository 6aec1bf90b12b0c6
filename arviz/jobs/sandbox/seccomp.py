"""A filter of system calls: no new process, no program, no socket, no signal to others, none of the kernel's large doors.

What is left reads and writes files (Landlock says which), maps memory and starts threads. The filter names what is refused and
not what is allowed: numerical and graphics libraries change the calls that they make with every version. Calls newer than this
table are answered as by a kernel that does not know them.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

from arviz.jobs.sandbox.kernel import no_new_privileges, set_filter

_X86_64, _AARCH64 = 0xC000003E, 0xC00000B7  # AUDIT_ARCH_*, linux/audit.h
_ARCHITECTURES = {"x86_64": (_X86_64, 0), "aarch64": (_AARCH64, 1)}

_REFUSED = {
    # processes and programs
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    # sockets; a pair of connected ones is harmless
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    # other processes
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "process_madvise": (440, 440), "kcmp": (312, 272), "setpriority": (141, 140),
    "ioprio_set": (251, 30), "sched_setscheduler": (144, 119), "sched_setattr": (314, 274), "sched_setparam": (142, 118),
    "migrate_pages": (256, 238), "move_pages": (279, 239),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    # what Landlock does not see: owner, mode, times and attributes of files; truncation by path (before ABI 3); links and devices
    "chmod": (90, None), "fchmodat": (268, 53), "chown": (92, None), "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "truncate": (76, 45), "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "mknod": (133, None), "mknodat": (259, 33),
    # memory that no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195),
    "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    # the kernel's large doors
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "bpf": (321, 280), "perf_event_open": (298, 241),
    "userfaultfd": (323, 282), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "fanotify_init": (300, 262), "personality": (135, 92), "modify_ldt": (154, None), "iopl": (172, None), "ioperm": (173, None),
    # the machine
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116), "sethostname": (170, 161), "setdomainname": (171, 162),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266), "vhangup": (153, 58),
}  # fmt: skip
"""Call -> its number on x86-64 and on 64-bit ARM, which lacks some (asm/unistd_64.h, asm-generic/unistd.h)."""
_KILL, _TGKILL, _PRLIMIT, _CLONE, _CLONE3 = (62, 129), (234, 131), (302, 261), (56, 220), (435, 435)
_NEWEST = 451
"""``cachestat`` (Linux 6.5), the last number that was looked at for this table."""
_CLONE_THREAD = 0x10000

# BPF: load a word, jump if equal / greater / any bit set, return (linux/bpf_common.h); actions (linux/seccomp.h).
_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16  # struct seccomp_data, both machines little-endian


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def available() -> bool:
    """Return whether this processor is one that the table knows."""
    return sys.platform.startswith("linux") and platform.machine() in _ARCHITECTURES


def restrict() -> None:
    """Put the filter on this process, which must have one thread, for the rest of its life."""
    code = _filter(*_ARCHITECTURES[platform.machine()], own=os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    no_new_privileges()
    set_filter(_Program(length=len(code) // 8, filter=ctypes.addressof(buffer)))


def _filter(architecture: int, column: int, *, own: int) -> bytes:
    """Return the program: refused calls, then those that are looked at more closely, then leave."""
    refuse, unknown, allow = (_op(_RETURN, value) for value in (_ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS, _ALLOW))
    code = [
        _op(_LOAD, _ARCHITECTURE_AT), _op(_EQUAL, architecture, then=1), _op(_RETURN, _KILL_PROCESS),
        _op(_LOAD, _NUMBER_AT), _op(_GREATER, _NEWEST, otherwise=1), unknown,  # x32 calls too: they begin at 2^30
        _op(_EQUAL, _CLONE3[column], otherwise=1), unknown,  # its flags lie in memory: the C library turns to clone
    ]  # fmt: skip
    for numbers in _REFUSED.values():
        if (number := numbers[column]) is not None:
            code += [_op(_EQUAL, number, otherwise=1), refuse]
    # A thread is made by clone, and so is a process.
    code += [_op(_EQUAL, _CLONE[column], otherwise=4), _op(_LOAD, _FIRST_ARGUMENT_AT), _op(_ANY_BIT, _CLONE_THREAD, then=1), refuse, allow]
    for call, allowed in ((_KILL, [own]), (_TGKILL, [own]), (_PRLIMIT, [0, own])):
        asks = [_op(_EQUAL, pid, then=len(allowed) - place) for place, pid in enumerate(allowed)]
        code += [_op(_EQUAL, call[column], otherwise=len(asks) + 3), _op(_LOAD, _FIRST_ARGUMENT_AT), *asks, refuse, allow]
    return b"".join([*code, allow])


def _op(code: int, value: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("<HBBI", code, then, otherwise, value)
