# Cross-compiles the agent for aarch64 (./dev build aarch64): Debian's cross compiler, and the static libraries that ./dev
# unpacks to BPFTAX_SYSROOT.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES BPFTAX_SYSROOT)
set(CMAKE_FIND_ROOT_PATH ${BPFTAX_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
# Header-only libraries are the same for all machines: the build machine's own.
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE BOTH)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
file(GLOB fmt_DIR /usr/lib/*/cmake/fmt)
set(bpftax_includes "-isystem ${BPFTAX_SYSROOT}/usr/include -isystem ${BPFTAX_SYSROOT}/usr/include/aarch64-linux-gnu")
set(CMAKE_C_FLAGS_INIT "${bpftax_includes}")
set(CMAKE_CXX_FLAGS_INIT "${bpftax_includes}")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${BPFTAX_SYSROOT}/usr/lib/aarch64-linux-gnu")
