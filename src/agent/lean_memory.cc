#include "agent/lean_memory.h"

#include <cstdint>
#include <link.h>
#include <malloc.h>
#include <unistd.h>

#include <sys/mman.h>

namespace wakeful::agent {
namespace {

/// Called for the program itself, then for its libraries, which others use as well.
int release_program(dl_phdr_info* info, std::size_t /*size*/, void* /*unused*/) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    // What is not writable was never written (relocations go to writable segments), so the pages
    // are those of the file.
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t start = (info->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = info->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): addresses are what the loader gives
    auto* address = reinterpret_cast<void*>(start);
    // Random: without it every fault brings sixteen pages.
    ::madvise(address, end - start, MADV_RANDOM);
    ::madvise(address, end - start, MADV_DONTNEED);
  }
  return 1;
}

}  // namespace

void tame_malloc() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 64 << 10);
  mallopt(M_TOP_PAD, 16 << 10);
  mallopt(M_MMAP_THRESHOLD, 64 << 10);
}

void release_startup_pages() {
  ::malloc_trim(0);
  ::dl_iterate_phdr(release_program, nullptr);
}

}  // namespace wakeful::agent
